"""Workstations from the machine itself."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.bootstrap import Portal, build
from portal.cli.main import main
from portal.connectors.agent_bell_redis import RedisAgentBell
from portal.connectors.clock import SystemClock
from portal.db import schema
from portal.domain.agent_codes import read_code
from portal.domain.agent_tasks import AgentState
from portal.ports.agent_protocol import EnrolmentRequest
from portal.settings import Settings
from tests.support.workstations import SAID, a_request


@pytest.fixture
def portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Portal]:
    monkeypatch.setenv("KLYUCHNIK_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("KLYUCHNIK_AGENTS_URL", "https://agents.example.org")
    settings = Settings.from_env()
    schema.upgrade(settings.database_url)
    made = build(settings)
    with made.database:
        yield made


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["agents", *arguments], catch_exceptions=False)


def states() -> list[tuple[str, str]]:
    return [(one["name"], one["state"]) for one in json.loads(run("list", "--json").stdout)]


def test_a_code_is_printed_as_the_command_that_uses_it(portal: Portal) -> None:
    program, verb, address, option, code = run("code", "--hours", "1").stdout.split()
    assert (program, verb, address, option) == ("klyuchnik-agent", "enroll", "https://agents.example.org", "--code")
    assert read_code(code).fingerprint == run("fingerprint").stdout.strip()
    answer = portal.agent_enrolment.enrol(EnrolmentRequest(a_request(), SAID, code), "10.1.2.3")
    assert answer.state is AgentState.ACCEPTED
    assert states() == [(SAID.name, "accepted")]


def test_the_last_contact_is_the_one_that_is_known_by_now(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    code = run("code").stdout.split()[-1]
    portal.agent_enrolment.enrol(EnrolmentRequest(a_request(), SAID, code), "10.1.2.3")
    (before,) = json.loads(run("list", "--json").stdout)
    later = portal.clock.now() + timedelta(seconds=1)
    monkeypatch.setattr(RedisAgentBell, "contacts", lambda _bell, uids: dict.fromkeys(uids, later))
    monkeypatch.setattr(SystemClock, "now", lambda _clock: later + timedelta(minutes=1))
    (now,) = json.loads(run("list", "--json").stdout)
    assert before["last_contact"] < now["last_contact"]
    assert datetime.fromisoformat(now["last_contact"]) == later


def test_who_waits_is_decided_about(portal: Portal) -> None:
    assert "no workstations" in run("list").stdout
    for _ in range(2):
        portal.agent_enrolment.enrol(EnrolmentRequest(a_request(), SAID), "10.1.2.3")
    assert run("accept", "1").stdout == "1 accepted\n"
    assert run("deny", "2", "--comment", "Не наша").exit_code == 0
    assert states() == [(SAID.name, "denied"), (SAID.name, "accepted")]
    refused = run("revoke", "2")
    assert (refused.exit_code, "already" in refused.stderr) == (1, True)
    assert run("revoke", "1").exit_code == 0
    assert "revoked" in run("list", "--state", "revoked").stdout
    assert run("accept", "99").exit_code == 1
