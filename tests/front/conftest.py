"""One portal with its front for the tests of this folder; each brings its own workstation."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.bootstrap import build
from portal.settings import Settings
from tests.support.fronts import Fronted, data_of, fronted
from tests.support.servers import Valkey


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, empty_file: Path, valkey_server: Valkey) -> Iterator[Fronted]:
    folder = tmp_path_factory.mktemp("front")
    shutil.copy(empty_file, folder / "klyuchnik.db")
    portal = build(Settings.from_env(data_of(folder, valkey_server.url)))
    with portal.database, fronted(portal) as made:
        yield made
