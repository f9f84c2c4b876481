"""The rig: real servers, real tokens and a real browser, each private to a test run; no network outside."""

import gc
import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from argon2 import PasswordHasher, Type
from hypothesis import settings as hypothesis_settings

from portal.connectors.ca.builtin import database as authority_database
from portal.db import transaction
from portal.db.transaction import Database
from portal.services import passwords
from tests.support.browser import SHORT_LIVED, chromium, watched_page
from tests.support.clock import FrozenClock
from tests.support.databases import (
    BOTH,
    OneCompiler,
    postgres_template,
    sqlite_database,
    sqlite_template,
)
from tests.support.native import Compiler
from tests.support.network import forbid_outside
from tests.support.processes import sweep_folders, temporary_folder
from tests.support.recycled import Recycled
from tests.support.servers import Postgres, Valkey, shared_postgres, stop_shared_postgres, valkey
from tests.support.tokens import SoftHsm, softhsm
from tests.support.translated import translate_share
from tests.support.turns import Turns, turn

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

RUN_FOLDER: Final = "RIG_RUN_FOLDER"
RUN_OWNER: Final = "RIG_RUN_OWNER"
COSTLY: Final = passwords._hasher

# a shared machine may stall: time is bounded by pytest-timeout, never by an example's deadline
hypothesis_settings.register_profile("house", deadline=None, print_blob=True)
hypothesis_settings.load_profile("house")


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    """Give all processes of this run one folder and one owner."""
    if not _is_worker(config):
        sweep_folders()
        folder = temporary_folder("kly-run-")
        os.environ[RUN_FOLDER] = str(folder)
        os.environ[RUN_OWNER] = str(os.getpid())
        # tmp_path in memory too, and short enough for sockets; --basetemp keeps it elsewhere
        config.option.basetemp = config.option.basetemp or str(folder / "t")
    for name in [name for name in os.environ if name.startswith("KLYUCHNIK_")]:
        del os.environ[name]  # a test says itself what it sets


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Turns:
    """Processes share the tests out as suits them."""
    config.option.loadscopereorder = False
    return Turns(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """What is collected stays to the end: nobody looks through it for garbage, now or later."""
    gc.disable()
    if _is_worker(session.config):
        given = vars(session.config)["workerinput"]
        number = int(given["workerid"].removeprefix("gw"))
        translate_share(session.config, Path(__file__).parent, number, given["workercount"])
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first."""
    items.sort(key=lambda item: turn(item.nodeid))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what the run shared, after its last test, passed or not."""
    folder = os.environ.get(RUN_FOLDER)
    if folder and not _is_worker(config):
        stop_shared_postgres(Path(folder))
        shutil.rmtree(folder, ignore_errors=True)
        del os.environ[RUN_FOLDER]


@pytest.fixture(autouse=True, scope="session")
def _no_outside() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        forbid_outside(patch)
        yield


@pytest.fixture(autouse=True, scope="session")
def _cheap_passwords() -> Iterator[None]:
    """Hashing is slow on purpose: only what is asked of the hashes themselves needs the real ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, type=Type.ID))
        yield


@pytest.fixture(autouse=True, scope="session")
def _statements_compiled_once() -> Iterator[None]:
    """A product runs for months on one database; a test has one of its own for a blink of an eye."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transaction, "make_engine", OneCompiler())
        patch.setattr(authority_database, "_engine", OneCompiler(authority_database._engine))
        yield


@pytest.fixture
def costly_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes as the product makes them."""
    monkeypatch.setattr(passwords, "_hasher", COSTLY)


@pytest.fixture(scope="session")
def run_folder() -> Path:
    """The folder all processes of this test run share."""
    return Path(os.environ[RUN_FOLDER])


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[Valkey]:
    with valkey() as server:
        yield server


@pytest.fixture
def queue_server(valkey_server: Valkey) -> Valkey:
    """A Valkey without a key in it."""
    with valkey_server.client() as client:
        client.flushall()
    return valkey_server


@pytest.fixture(scope="session")
def postgres(run_folder: Path) -> Postgres:
    """The run's PostgreSQL cluster."""
    return shared_postgres(run_folder, int(os.environ[RUN_OWNER]))


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """The address of an empty database of this test's own."""
    with postgres.database() as url:
        yield url


@pytest.fixture(scope="session")
def empty_file(run_folder: Path) -> Path:
    """A migrated, empty SQLite database to copy."""
    return sqlite_template(run_folder)


@pytest.fixture(scope="session")
def empty_cluster_database(postgres: Postgres, run_folder: Path) -> str:
    """The name of a migrated, empty PostgreSQL database to clone."""
    return postgres_template(postgres, run_folder)


@pytest.fixture(scope="session")
def recycled(postgres: Postgres, empty_cluster_database: str) -> Iterator[Recycled]:
    """The PostgreSQL database of this process; each test finds it empty."""
    one = Recycled(postgres, empty_cluster_database)
    yield one
    one.close()


@pytest.fixture(params=BOTH)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated, empty database: the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        with sqlite_database(tmp_path, request.getfixturevalue("empty_file")) as made:
            yield made
    else:
        with request.getfixturevalue("recycled").database() as made:
            yield made


@pytest.fixture
def hsm(monkeypatch: pytest.MonkeyPatch) -> Iterator[SoftHsm]:
    """A SoftHSM2 without tokens; child processes find it through the environment."""
    with softhsm() as rig:
        for name, value in rig.env.items():
            monkeypatch.setenv(name, value)
        yield rig


@pytest.fixture(scope="session")
def compiler(run_folder: Path) -> Compiler:
    return Compiler(run_folder)


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    with chromium(*SHORT_LIVED) as program:
        yield program


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    """A page in a fresh, Russian browser profile; complaints of the browser fail the test."""
    context = browser.new_context(locale="ru-RU", viewport={"width": 1280, "height": 900})
    with watched_page(context) as tab:
        yield tab
    context.close()
