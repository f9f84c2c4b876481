"""Counterparts outside from the machine itself."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.bootstrap import Portal, build
from portal.cli.console import Console
from portal.cli.main import main
from portal.db import schema
from portal.domain.connector_kinds import ConnectorKind
from portal.ports.connectors import Trace, TraceLine, TraceStep
from portal.services.connectors import ConnectorDraft
from portal.settings import Settings
from tests.support.connectors import SECRET, a_draft
from tests.support.directories import TYPED, HeardSyncs, MemoryDirectory, SilentFeed, entry

WELL = (TraceLine(TraceStep.CONNECT, ok=True, detail="https://ca.example"),)
ILL = (*WELL, TraceLine(TraceStep.SIGN_IN, ok=False, detail="HTTP 401"))


@pytest.fixture
def portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Portal]:
    monkeypatch.setenv("KLYUCHNIK_DATA_DIR", str(tmp_path))
    settings = Settings.from_env()
    schema.upgrade(settings.database_url)
    made = build(settings)
    monkeypatch.setattr(Console, "portal", made)
    with made.database:
        yield made


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["connectors", *arguments], catch_exceptions=False)


def answers(portal: Portal, trace: Trace) -> None:
    portal.__dict__["connector_trial"] = replace(portal.connector_trial, check=lambda _values: trace)


def test_they_are_listed_without_their_secrets(portal: Portal) -> None:
    assert run("list").stdout == "no connectors\n"
    portal.connectors.add(a_draft(), actor="admin")
    assert run("list").stdout.split() == ["enterprise", "ca.django", "untried", "never"]
    shown = run("list", "--json").stdout
    assert (json.loads(shown)[0]["name"], SECRET in shown) == ("enterprise", False)


def test_one_is_tried(portal: Portal) -> None:
    portal.connectors.add(a_draft(), actor="admin")
    answers(portal, WELL)
    well = run("check", "enterprise")
    assert (well.exit_code, well.stdout) == (0, "ok   connect: https://ca.example\n")
    answers(portal, ILL)
    ill = run("check", "enterprise", "--json")
    assert (ill.exit_code, json.loads(ill.stdout)[1]["detail"]) == (6, "HTTP 401")
    assert "check:sign_in HTTP 401" in run("list").stdout
    assert run("check", "nobody").exit_code == 1


def test_a_directory_is_read(portal: Portal) -> None:
    source = MemoryDirectory()
    source.put(entry("anna"), entry("bad", surname=""))
    portal.__dict__["queue"] = HeardSyncs()
    work = portal.directory_sync_work
    portal.__dict__["directory_sync_work"] = replace(work, opens=lambda _values: source, feed=SilentFeed())
    portal.connectors.add(ConnectorDraft(ConnectorKind.DIRECTORY_LDAP, "ad", TYPED), actor="admin")
    tried = run("sync", "ad", "--dry-run")
    assert (tried.exit_code, tried.stdout) == (0, "1 done\nread 2\nadded 1\nrefused 1\n")
    assert json.loads(run("sync", "ad", "--json").stdout)["counts"]["added"] == 1
    source.people.clear()
    emptied = run("sync", "ad", "--whole")
    assert (emptied.exit_code, emptied.stdout) == (6, "3 stopped sync_empty 1\nread 0\n")


def test_only_a_directory_is_synchronized(portal: Portal) -> None:
    portal.connectors.add(a_draft(), actor="admin")
    wrong = run("sync", "enterprise")
    assert wrong.exit_code == 2
    assert "enterprise is no directory: ca.django" in wrong.stderr
