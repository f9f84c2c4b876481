"""The command line on a real database and queue: what it prints, and what its exit codes say."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from portal.bootstrap import build
from portal.cli.main import main
from portal.db import schema
from portal.db.transaction import Database
from portal.domain.outcomes import WaitingFor
from portal.domain.troubles import Trouble, why
from portal.settings import Settings
from tests.support.servers import Valkey
from tests.web.runs import Runner
from tests.web.world import World, fill

Command = Callable[..., Result]


@pytest.fixture
def settings(tmp_path: Path, queue_server: Valkey, monkeypatch: pytest.MonkeyPatch) -> Settings:
    own = {"KLYUCHNIK_DATA_DIR": str(tmp_path), "KLYUCHNIK_REDIS_URL": queue_server.url}
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    return Settings.from_env()


@pytest.fixture
def world(settings: Settings) -> World:
    from portal.connectors.clock import SystemClock

    schema.upgrade(settings.database_url)
    with Database(settings.database_url) as database:
        return fill(database, SystemClock().now())


@pytest.fixture
def klyuchnik(settings: Settings) -> Command:
    def run(*arguments: str, given: str = "") -> Result:
        return CliRunner().invoke(main, arguments, input=given, catch_exceptions=False)

    return run


def answered(result: Result, code: int = 0) -> Any:
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_migrate_is_repeatable(klyuchnik: Command) -> None:
    first = answered(klyuchnik("migrate", "--json"))
    assert answered(klyuchnik("--json", "migrate")) == first
    assert first["revision"]


def test_devices_are_listed_and_shown(klyuchnik: Command, world: World) -> None:
    due = answered(klyuchnik("devices", "list", "--due", "--json"))
    assert [one["serial"] for one in due] == [world.due_serial]
    assert len(answered(klyuchnik("devices", "list", "--json"))) == 3
    by_serial = answered(klyuchnik("devices", "show", world.due_serial, "--json"))
    by_number = answered(klyuchnik("devices", "show", str(world.due), "--json"))
    assert by_serial == by_number
    assert "about to expire" in klyuchnik("devices", "show", world.due_serial).stdout


def test_what_does_not_exist_is_refused_in_words(klyuchnik: Command, world: World) -> None:
    result = klyuchnik("devices", "show", "nothing")
    assert result.exit_code == 1
    assert "There is no such record" in result.stderr


def test_a_mistyped_command(klyuchnik: Command) -> None:
    assert klyuchnik("devices", "list", "--state", "nonsense").exit_code == 2


def test_the_plan_with_a_chosen_option(klyuchnik: Command, world: World) -> None:
    plain = answered(klyuchnik("updates", "plan", world.due_serial, "--json"))["plan"]["items"]
    chosen = answered(klyuchnik("updates", "plan", world.due_serial, "--optional", "Шифрование почты", "--json"))
    issued = [item["name"] for item in chosen["plan"]["items"] if item["action"] == "issue"]
    assert "Шифрование почты" in issued
    assert "Шифрование почты" not in [item["name"] for item in plain if item["action"] == "issue"]
    wrong = klyuchnik("updates", "plan", world.due_serial, "--optional", "Нет такого")
    assert wrong.exit_code == 2
    assert "Шифрование почты" in wrong.stderr


def test_a_device_without_a_policy(klyuchnik: Command, world: World) -> None:
    result = klyuchnik("updates", "plan", str(world.no_policy))
    assert result.exit_code == 1
    assert "No policy is assigned" in result.stderr


def test_an_update_is_ordered_and_cancelled(klyuchnik: Command, world: World) -> None:
    result = klyuchnik("updates", "run", world.due_serial, "--pin-stdin", "--json", given="13572468\n")
    number = str(answered(result)["update"])
    assert "13572468" not in result.output
    twice = klyuchnik("updates", "run", world.due_serial, "--pin-stdin", given="13572468\n")
    assert twice.exit_code == 1
    assert "already being updated" in twice.stderr
    assert answered(klyuchnik("updates", "show", number, "--json"))["update"]["status"] == "ordered"
    assert klyuchnik("updates", "resume", number).exit_code == 0
    early = klyuchnik("updates", "cancel", number, "--leave-behind")
    assert (early.exit_code, "not going back" in early.stderr) == (1, True)
    assert klyuchnik("updates", "cancel", number).exit_code == 0
    assert klyuchnik("updates", "settle", number, "--happened", "--comment", "seen").exit_code == 1


def test_what_an_update_cannot_undo_is_left_behind(klyuchnik: Command, world: World, settings: Settings) -> None:
    portal = build(settings)
    with portal.database:
        run = Runner(portal, world).cannot_go_back(WaitingFor.TOKEN, why(Trouble.TOKEN_REMOVED))
        number = str(run.update)
        plain = klyuchnik("updates", "cancel", number)
        assert (plain.exit_code, "already going back" in plain.stderr) == (1, True)
        assert klyuchnik("updates", "cancel", number, "--leave-behind").exit_code == 0
        assert run.journal.cancel_requested(run.claim().claim)


def test_the_audit_log_is_verified(klyuchnik: Command, world: World, settings: Settings) -> None:
    klyuchnik("updates", "run", world.due_serial, "--pin-stdin", given="13572468\n")
    assert answered(klyuchnik("audit", "verify", "--json"))["first_bad"] is None
    with Database(settings.database_url) as database, database.begin() as connection:
        connection.exec_driver_sql("UPDATE audit_events SET actor = 'nobody' WHERE id = 1")
    broken = klyuchnik("audit", "verify", "--json")
    assert answered(broken, 6)["first_bad"] == 1


def test_tokens_are_read_in_a_child(klyuchnik: Command, hsm: Any) -> None:
    serial = hsm.init_token("cli", "87654321", "13572468")
    listed = answered(klyuchnik("tokens", "list", "--json"))
    assert [one["serial"] for one in listed] == [serial]
    assert answered(klyuchnik("tokens", "read", serial, "--json"))["complete"] is False
    inside = answered(klyuchnik("tokens", "read", serial, "--pin-stdin", "--json", given="13572468\n"))
    assert inside["complete"] is True
    wrong = klyuchnik("tokens", "read", serial, "--pin-stdin", given="00000000\n")
    assert wrong.exit_code == 1
    assert "refused the PIN" in wrong.stderr
    assert klyuchnik("tokens", "read", "nothing").exit_code == 1


def test_bad_settings_are_all_named(klyuchnik: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KLYUCHNIK_WORKERS", "many")
    monkeypatch.setenv("KLYUCHNIK_LEASE", "long")
    result = klyuchnik("devices", "list")
    assert result.exit_code == 1
    assert "KLYUCHNIK_WORKERS" in result.stderr
    assert "KLYUCHNIK_LEASE" in result.stderr
