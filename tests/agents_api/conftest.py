"""The agents' addresses on a real database and a real queue server; the clock stands still until it is moved."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal.app import create_app
from portal.bootstrap import Portal, build
from portal.settings import Settings
from tests.support.clock import FrozenClock
from tests.support.servers import Valkey
from tests.support.workstations import Station


@pytest.fixture
def portal(tmp_path: Path, empty_file: Path, queue_server: Valkey, clock: FrozenClock) -> Iterator[Portal]:
    shutil.copy(empty_file, tmp_path / "klyuchnik.db")
    settings = Settings.from_env({"KLYUCHNIK_DATA_DIR": str(tmp_path), "KLYUCHNIK_REDIS_URL": queue_server.url})
    made = build(settings, clock)
    with made.database:
        yield made


@pytest.fixture
def app(portal: Portal) -> Flask:
    return create_app(portal.settings, portal)


@pytest.fixture
def station(app: Flask, portal: Portal) -> Station:
    """A workstation nobody knows yet."""
    return Station(app, portal.settings.front_secret())
