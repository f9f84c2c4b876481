"""The agents' addresses on a real database and a real queue server; the clock stands still until it is moved.

The application is made once for a file of tests; each of them has an empty database.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask

from portal.app import create_app
from portal.bootstrap import Portal, build
from portal.settings import Settings
from tests.support.clock import NOON, FrozenClock
from tests.support.servers import Valkey
from tests.support.workstations import Station

CLOCK = FrozenClock()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, empty_file: Path, valkey_server: Valkey) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("agents")
    shutil.copy(empty_file, folder / "klyuchnik.db")
    settings = Settings.from_env({"KLYUCHNIK_DATA_DIR": str(folder), "KLYUCHNIK_REDIS_URL": valkey_server.url})
    portal = build(settings, CLOCK)
    with portal.database:
        yield create_app(settings, portal)


@pytest.fixture
def clock() -> FrozenClock:
    CLOCK.set(NOON)
    return CLOCK


@pytest.fixture
def portal(app: Flask, empty_file: Path, clock: FrozenClock, queue_server: Valkey) -> Portal:
    made: Portal = app.extensions["portal"]
    assert (made.clock, made.settings.redis_url) == (clock, queue_server.url)
    used = made.settings.data_dir / "klyuchnik.db"
    with closing(sqlite3.connect(empty_file)) as empty, closing(sqlite3.connect(used)) as target:
        empty.backup(target)
    return made


@pytest.fixture
def station(app: Flask, portal: Portal) -> Station:
    """A workstation nobody knows yet."""
    return Station(app, portal.settings.front_secret())
