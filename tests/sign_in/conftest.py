"""One portal at a real address for the tests of this folder, with people who have no accounts yet."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext
from sqlalchemy import delete
from werkzeug.serving import make_server

from portal.app import create_app
from portal.bootstrap import Portal, build
from portal.db.models import SignInAttempt
from portal.domain.ids import PersonId
from portal.services.people import PersonDraft, add_people
from portal.settings import Settings
from tests.support.ports import free_port
from tests.support.servers import Valkey


@dataclass(frozen=True, slots=True)
class Served:
    """The portal, its application and its address; ``people`` are known by their logins."""

    portal: Portal
    app: Flask
    address: str
    people: dict[str, PersonId]


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory, empty_file: Path, valkey_server: Valkey) -> Iterator[Served]:
    folder, port = tmp_path_factory.mktemp("served"), free_port()
    shutil.copy(empty_file, folder / "klyuchnik.db")
    values = {"DATA_DIR": str(folder), "REDIS_URL": valkey_server.url, "LISTEN_PORT": str(port)}
    portal = build(Settings.from_env({f"KLYUCHNIK_{name}": value for name, value in values.items()}))
    app = create_app(portal.settings, portal)
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield Served(portal, app, portal.settings.base_url, _fill(portal))
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        portal.database.close()


def _fill(portal: Portal) -> dict[str, PersonId]:
    names = {"m.belyaeva": ("Беляева", "Марина"), "i.vorontsov": ("Воронцов", "Илья")}
    drafts = [
        PersonDraft(("Ключ",), {"login": login, "surname": surname, "given_name": given, "cn": f"{surname} {given}"})
        for login, (surname, given) in names.items()
    ]
    with portal.database.begin() as connection:
        return dict(zip(names, add_people(connection, drafts, portal.clock.now()), strict=True))


@pytest.fixture(autouse=True)
def _no_tries_of_others(served: Served) -> None:
    """All come from one address: what others tried in vain holds nobody up."""
    with served.portal.database.begin() as connection:
        connection.execute(delete(SignInAttempt))


@pytest.fixture(params=[True, False], ids=["with-scripts", "without-scripts"])
def visit(request: pytest.FixtureRequest, browser: Browser) -> Iterator[BrowserContext]:
    """A visitor's browser, which may know no scripts."""
    scripts: bool = request.param
    with browser.new_context(java_script_enabled=scripts, ignore_https_errors=True, locale="ru-RU") as context:
        yield context
