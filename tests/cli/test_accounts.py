"""The first administrator of an installation, and the way back in."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.bootstrap import build
from portal.cli.main import main
from portal.db import schema
from portal.domain.permissions import Permission
from portal.services.accounts import SignInRefused
from portal.services.sessions import Visitor
from portal.settings import Settings

Command = Callable[..., Result]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("KLYUCHNIK_DATA_DIR", str(tmp_path))
    made = Settings.from_env()
    schema.upgrade(made.database_url)
    return made


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def test_the_first_administrator_is_made_and_let_in_again(settings: Settings) -> None:
    first = json.loads(run("accounts", "add", "ivanova", "--name", "Иванова О. П.", "--json").stdout)
    portal = build(settings)
    session = portal.sessions.find(portal.accounts.sign_in("ivanova", first["password"], Visitor()))
    assert session
    assert session.must_change_password
    assert {Permission.ACCOUNTS_MANAGE, Permission.ROLES_MANAGE} <= session.permissions
    again = json.loads(run("accounts", "reset", "ivanova", "--json").stdout)
    with pytest.raises(SignInRefused):
        portal.accounts.sign_in("ivanova", first["password"], Visitor())
    assert portal.accounts.sign_in("ivanova", again["password"], Visitor())
    portal.database.close()


@pytest.mark.usefixtures("settings")
def test_what_cannot_be_done_is_said() -> None:
    assert run("accounts", "add", "ivanova", "--name", "Иванова").exit_code == 0
    taken = run("accounts", "add", "ivanova", "--name", "Другая")
    nobody = run("accounts", "reset", "petrov")
    assert (taken.exit_code, nobody.exit_code) == (1, 1)
    assert "There is no such record" in nobody.stderr
