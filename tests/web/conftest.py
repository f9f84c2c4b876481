"""The whole web application on a real database and a real queue server; only the clock stands still."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from babel.core import Locale
from babel.support import NullTranslations, Translations
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

from portal.app import create_app
from portal.bootstrap import Portal, build
from portal.db import schema
from portal.db.transaction import Database
from portal.domain.ids import AccountId
from portal.domain.permissions import Role
from portal.services.accounts import Accounts
from portal.services.sessions import Sessions, Visitor
from portal.settings import Settings
from tests.support.clock import FrozenClock
from tests.support.servers import Valkey
from tests.web.identity_waits import CHECKS, Seat, Waits, qualify
from tests.web.visits import Visit
from tests.web.world import PASSWORD, ROLES, World, fill


@pytest.fixture(autouse=True, scope="session")
def _addresses_compiled_once() -> Iterator[None]:
    """Addresses are the same in every application: taking them apart is most of making one."""
    known: dict[tuple[object, ...], Any] = {}
    compiled = Rule.compile

    def remembered(rule: Any) -> None:
        key = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes, rule.map.host_matching)
        twin = None if rule.defaults else known.get(key)
        if twin is None:
            compiled(rule)
            if not rule.defaults:
                known[key] = rule
        else:
            rule._parts, rule._trace, rule._converters = twin._parts, twin._trace, twin._converters
            rule.arguments = set(twin.arguments)
            for name in ("_build", "_build_unknown"):
                setattr(rule, name, getattr(twin, name).__func__.__get__(rule))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "compile", remembered)
        yield


@pytest.fixture(autouse=True, scope="session")
def _words_read_once() -> Iterator[None]:
    """Every application reads the words of a language when it first needs them; each test has one of its own."""
    known: dict[tuple[str, ...], NullTranslations] = {}
    read = Translations.load

    def remembered(dirname: str, locales: list[Locale], domain: str) -> NullTranslations:
        key = (dirname, *map(str, locales), domain)
        if key not in known:
            known[key] = read(dirname, locales, domain)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Translations, "load", remembered)
        yield


class Kept(BytecodeCache):
    """Templates as code, in memory."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code:
            self._known[bucket.key, bucket.checksum] = bucket.code


@dataclass(frozen=True, slots=True)
class Filled:
    """A database that is copied for each test."""

    file: Path
    world: World
    accounts: dict[str, AccountId]


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    folder = tmp_path_factory.mktemp("filled")
    settings = Settings.from_env({"KLYUCHNIK_DATA_DIR": str(folder)})
    schema.upgrade(settings.database_url)
    clock = FrozenClock()
    with Database(settings.database_url) as database:
        accounts = Accounts(
            database, clock, Sessions(database, clock, idle=settings.session_idle, life=settings.session_life)
        )
        world = fill(database, clock.now())
        holders = {"administrator": world.vorontsov, "belyaeva": world.belyaeva, "petrov": world.stranger}
        roles = {**ROLES, "belyaeva": Role.EMPLOYEE, "petrov": Role.EMPLOYEE}
        numbers = {
            login: accounts.create(
                login=login, name=f"Имя {login}", role=role, password=PASSWORD, person=holders.get(login)
            )
            for login, role in roles.items()
        }
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return Filled(folder / "klyuchnik.db", world, numbers)


@pytest.fixture
def world(filled: Filled) -> World:
    return filled.world


@pytest.fixture
def portal(filled: Filled, tmp_path: Path, queue_server: Valkey, clock: FrozenClock) -> Iterator[Portal]:
    shutil.copy(filled.file, tmp_path / "klyuchnik.db")
    values = {"DATA_DIR": str(tmp_path), "REDIS_URL": queue_server.url, "AGENTS_URL": "https://agents.example.org"}
    settings = Settings.from_env({f"KLYUCHNIK_{name}": value for name, value in values.items()})
    made = build(settings, clock)
    yield made
    made.database.close()


@pytest.fixture(scope="session")
def compiled() -> Kept:
    """Templates are translated into code once for all tests."""
    return Kept()


@pytest.fixture
def app(portal: Portal, compiled: Kept) -> Flask:
    made = create_app(portal.settings, portal)
    made.jinja_env.bytecode_cache = compiled
    return made


@pytest.fixture
def sign_in(app: Flask, portal: Portal, filled: Filled) -> Callable[[str], Visit]:
    """Open a session for this login, without the form."""

    def opened(login: str) -> Visit:
        with portal.database.begin() as connection:
            token = portal.sessions.open(connection, filled.accounts[login], Visitor(), portal.clock.now())
        visit = Visit(app.test_client(), portal)
        visit.client.set_cookie(portal.settings.session_cookie, token)
        return visit

    return opened


@pytest.fixture
def admin(sign_in: Callable[[str], Visit]) -> Visit:
    return sign_in("administrator")


@pytest.fixture
def operator(sign_in: Callable[[str], Visit]) -> Visit:
    return sign_in("operator")


@pytest.fixture
def auditor(sign_in: Callable[[str], Visit]) -> Visit:
    return sign_in("auditor")


@pytest.fixture
def employee(sign_in: Callable[[str], Visit]) -> Visit:
    """The holder of the device that is due."""
    return sign_in("belyaeva")


@pytest.fixture
def other_employee(sign_in: Callable[[str], Visit]) -> Visit:
    """The holder of the device without a policy."""
    return sign_in("petrov")


@pytest.fixture
def stranger(app: Flask, portal: Portal) -> Visit:
    return Visit(app.test_client(), portal)


@pytest.fixture
def waits(portal: Portal, world: World) -> Waits:
    """An update that waits for registers of the state."""
    qualify(portal, CHECKS)
    return Waits(portal, world.due)


@pytest.fixture(params=["admin", "my"])
def seat(request: pytest.FixtureRequest, sign_in: Callable[[str], Visit]) -> Seat:
    """An operator in the console, the holder in self-service."""
    return Seat(request.param, sign_in("operator" if request.param == "admin" else "belyaeva"))
