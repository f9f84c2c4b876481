"""Letting programs of other people order of the built-in authority, from the machine itself."""

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.bootstrap import build
from portal.cli.main import main
from portal.services.enrolling_accounts import EnrollingAccounts
from portal.settings import Settings


@pytest.fixture
def accounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EnrollingAccounts:
    monkeypatch.setenv("KLYUCHNIK_DATA_DIR", str(tmp_path))
    return build(Settings.from_env()).enrolling_accounts


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ("enrolling", *arguments), catch_exceptions=False)


def test_a_program_is_let_in_and_shut_out(accounts: EnrollingAccounts) -> None:
    assert run("list").stdout == "nobody\n"
    name, _colon, password = run("add", "router", "--template", "vpn", "--template", "signature").stdout.partition(":")
    assert accounts.let_in(name, password.strip()) == ("signature", "vpn")
    assert accounts.let_in(name, "another") is None
    assert run("list").stdout == "router: signature, vpn\n"
    assert run("remove", "router").stdout == "router removed\n"
    assert run("remove", "router").stdout == "router was not let in\n"
    assert accounts.let_in(name, password.strip()) is None


def test_passwords_are_not_kept(accounts: EnrollingAccounts) -> None:
    password = json.loads(run("add", "router", "--template", "vpn", "--json").stdout)["password"]
    assert password not in accounts.file.read_text()
    assert stat.S_IMODE(accounts.file.stat().st_mode) == 0o600


def test_whoever_speaks_cmp_has_a_secret_that_only_the_vault_opens(accounts: EnrollingAccounts) -> None:
    password = json.loads(run("add", "gate", "--template", "vpn", "--cmp", "--json").stdout)["password"]
    assert password not in accounts.file.read_text()
    assert accounts.secret("gate") == password.encode()
    run("add", "router", "--template", "vpn")
    assert (accounts.secret("router"), accounts.secret("nobody")) == (None, None)
    moved = json.loads(accounts.file.read_text())
    accounts.file.write_text(json.dumps({"router": moved["gate"]}))
    assert accounts.secret("router") is None
