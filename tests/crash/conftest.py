"""One world prepared for a whole run of tests, copied for each case."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from tests.crash import before
from tests.crash.place import Place, leave
from tests.crash.warm import CLUSTER
from tests.support.ledgers import ledger
from tests.support.servers import Postgres
from tests.support.tokens import softhsm

NewPlace = Callable[[str], Place]


def empty_tokens(factory: pytest.TempPathFactory) -> Path:
    """Where the token lies as it was before anything was put on it."""
    return factory.getbasetemp() / "empty-tokens"


@pytest.fixture(scope="session")
def origin(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The world before the update, on SQLite."""
    folder = tmp_path_factory.mktemp("origin")
    with softhsm() as hsm, pytest.MonkeyPatch.context() as patch:
        patch.setenv(CLUSTER, str(postgres.folder))
        patch.setenv("CRASH_COMMON", str(tmp_path_factory.getbasetemp() / "common.pickle"))
        serial = hsm.init_token("Токен")
        shutil.copytree(hsm.tokens, folder / "tokens")
        # a process that ran out of tests and was given more sets its world up once again
        shutil.rmtree(empty_tokens(tmp_path_factory), ignore_errors=True)
        shutil.copytree(hsm.tokens, empty_tokens(tmp_path_factory))
        place = Place(folder, hsm.module, f"sqlite:///{folder}/portal.db", serial)
        with ledger(place.database_url):
            pass
        shutil.rmtree(hsm.tokens)
        hsm.tokens.mkdir()
        hsm.init_token("Чужой")
        shutil.copytree(hsm.tokens, folder / "other")
        device, update = place.ask(before.prepare, serial)
        yield replace(place, device=device, update=update)


@pytest.fixture(scope="session")
def postgres_origin(origin: Place, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The same with its rows in PostgreSQL; its database is the template of the others."""
    folder = tmp_path_factory.mktemp("origin-pg")
    shutil.copytree(empty_tokens(tmp_path_factory), folder / "tokens")
    with postgres.database() as url:
        with ledger(url):
            pass
        place = Place(folder, origin.module, url, origin.serial)
        device, update = place.ask(before.prepare, origin.serial)
        yield replace(place, device=device, update=update)


@pytest.fixture
def new_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewPlace]:
    """Copies of the prepared world, on the database that is asked for."""
    with ExitStack() as stack:

        def made(database: str) -> Place:
            if database == "sqlite":
                origin: Place = request.getfixturevalue("origin")
                return origin.copy(tmp_path, f"sqlite:///{tmp_path}/portal.db")
            prepared: Place = request.getfixturevalue("postgres_origin")
            server: Postgres = request.getfixturevalue("postgres")
            name = prepared.database_url.rpartition("@/")[2].partition("?")[0]
            return prepared.copy(tmp_path, stack.enter_context(server.database(name)))

        yield made
        leave()
