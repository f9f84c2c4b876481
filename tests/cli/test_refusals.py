"""What the command line says when it cannot: words that name the cause, JSON that stays JSON, and nothing half-done."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner, Result

from portal.cli.main import main
from portal.connectors.clock import SystemClock
from portal.db import schema
from portal.db.transaction import Database
from portal.settings import Settings
from tests.support.ports import free_port
from tests.support.servers import Valkey
from tests.web.world import World, fill

Command = Callable[..., Result]


@pytest.fixture(autouse=True)
def _log_not_set_up() -> Iterator[None]:
    before = structlog.get_config() if structlog.is_configured() else None
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()
    if before is not None:
        structlog.configure(**before)


@pytest.fixture
def settings(tmp_path: Path, queue_server: Valkey, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("KLYUCHNIK_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("KLYUCHNIK_REDIS_URL", queue_server.url)
    return Settings.from_env()


@pytest.fixture
def world(settings: Settings) -> World:
    schema.upgrade(settings.database_url)
    with Database(settings.database_url) as database:
        return fill(database, SystemClock().now())


def klyuchnik(*arguments: str, given: str = "") -> Result:
    return CliRunner().invoke(main, arguments, input=given, catch_exceptions=False)


def refused(result: Result) -> Any:
    """The refusal as a program reads it; words for people stand beside it."""
    assert result.exit_code == 1, result.output
    told = json.loads(result.stdout)["error"]
    assert told["title"] in result.stderr
    return told


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    "arguments", [("--json", "devices", "show", "nothing"), ("devices", "show", "nothing", "--json")]
)
def test_a_refusal_is_json_for_programs(arguments: tuple[str, ...]) -> None:
    told = refused(klyuchnik(*arguments))
    assert told["code"] == "device"
    assert told["data"] == {"serial": "nothing"}


@pytest.mark.usefixtures("world")
def test_what_was_looked_for_is_named_and_nobody_is_sent_to_a_page() -> None:
    device = klyuchnik("devices", "show", "nothing")
    assert "There is no such record: device nothing. See klyuchnik devices list." in device.stderr
    update = klyuchnik("updates", "show", "999")
    assert "update 999" in update.stderr
    assert not {"search box", "address", "page"} & set(update.stderr.split())


def test_who_orders_twice_is_told_the_number(world: World) -> None:
    first = klyuchnik("updates", "run", world.due_serial, "--pin-stdin", "--json", given="12345678\n")
    number = json.loads(first.stdout)["update"]
    told = refused(klyuchnik("updates", "run", world.due_serial, "--pin-stdin", "--json", given="12345678\n"))
    assert told["data"]["update"] == str(number)
    assert f"klyuchnik updates show {number}" in told["text"]


def test_a_pin_no_token_would_take_orders_nothing(world: World) -> None:
    told = refused(klyuchnik("updates", "run", world.due_serial, "--pin-stdin", "--json"))
    assert "pin: The PIN is shorter or longer" in told["title"]
    assert _update_of(world) is None


def test_nothing_is_ordered_while_a_pin_cannot_be_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KLYUCHNIK_REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")
    told = refused(klyuchnik("updates", "run", world.due_serial, "--pin-stdin", "--json", given="12345678\n"))
    assert told["text"].startswith("Nothing was changed.")
    assert _update_of(world) is None


def test_a_warning_does_not_spoil_the_json(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KLYUCHNIK_REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")
    result = klyuchnik("updates", "plan", world.due_serial, "--json")
    assert json.loads(result.stdout)["plan"]["items"]
    assert "presence_unknown" in result.stderr


def test_the_pin_is_asked_for_when_the_update_waits_for_it(world: World) -> None:
    given = klyuchnik("updates", "run", world.due_serial, "--pin-stdin", "--json", given="12345678\n")
    number = str(json.loads(given.stdout)["update"])
    _waits(number, "pin")
    nobody = klyuchnik("updates", "resume", number)
    assert (nobody.exit_code, nobody.stderr.startswith("PIN: ")) == (1, True)
    result = klyuchnik("updates", "resume", number, given="12345678\n")
    assert (result.exit_code, result.stdout) == (0, f"update {number}\n")


def test_a_folder_that_is_no_demonstration_is_left_as_it_is(tmp_path: Path) -> None:
    result = klyuchnik("--data", str(tmp_path), "devices", "list")
    assert (result.exit_code, list(tmp_path.iterdir())) == (1, [])
    assert f"{tmp_path} is no folder of a demonstration; bin/demo --data makes one" in result.stderr


def test_a_database_without_tables_or_without_a_folder(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = refused(klyuchnik("devices", "list", "--json"))
    assert "no such table" in empty["title"]
    assert "klyuchnik migrate" in empty["text"]
    monkeypatch.setenv("KLYUCHNIK_DATABASE_URL", f"sqlite:///{settings.data_dir}/nowhere/klyuchnik.db")
    absent = refused(klyuchnik("devices", "list", "--json"))
    assert "unable to open database file" in absent["title"]


def _update_of(world: World) -> Any:
    (found,) = json.loads(klyuchnik("devices", "list", "--due", "--json").stdout)
    assert found["serial"] == world.due_serial
    return found["update"]


def _waits(number: str, whom: str) -> None:
    database = Settings.from_env().database_url.removeprefix("sqlite:///")
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE updates SET status = 'waiting', waiting_for = ? WHERE id = ?", (whom, number))
