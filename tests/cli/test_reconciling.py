"""Reconciling from the machine itself, with a real authority behind."""

import json
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result

from portal.bootstrap import BUILTIN_CA, Portal, build
from portal.cli.main import main
from portal.connectors.ca.builtin.authority import BuiltinAuthority
from portal.connectors.ca.builtin.setup import create_authority
from portal.connectors.clock import SystemClock
from portal.db import schema
from portal.db.queries.drifts import last_round
from portal.domain.certificate import KeyAlgorithm
from portal.domain.drift import Decision
from portal.domain.errors import OutsideUnavailable
from portal.ports.certificate_authority import IssuedPage
from portal.services.reconciliation import rounds
from portal.settings import Settings
from tests.support.pki import CA_SUBJECT, a_key, an_order


@pytest.fixture
def portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Portal:
    monkeypatch.setenv("KLYUCHNIK_DATA_DIR", str(tmp_path))
    settings = Settings.from_env()
    schema.upgrade(settings.database_url)
    return build(settings)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ("reconcile", *arguments), catch_exceptions=False)


def test_the_exit_code_tells_whether_anything_is_open(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    ca = create_authority(portal.ca_place, BUILTIN_CA, subject=CA_SUBJECT, algorithm=KeyAlgorithm.EC_P256)
    quiet = run()
    assert (quiet.exit_code, quiet.output) == (0, "no findings are open\n")
    ca.request(an_order(f"{uuid4()}-0", a_key()))
    real = SystemClock().now
    monkeypatch.setattr(SystemClock, "now", lambda _self: real() + timedelta(hours=2))
    found = run("--json")
    assert found.exit_code == 1
    (finding,) = json.loads(found.output)["findings"]
    assert (finding["kind"], finding["ca"]) == ("nobodys_order", BUILTIN_CA)
    mistyped = run("--ca", "another")
    assert (mistyped.exit_code, mistyped.stdout) == (1, ""), "an authority nobody knows has no findings"
    assert mistyped.stderr.startswith("There is no such record")
    assert run("--mend").exit_code == 1, "what nobody ordered is for a person to tell"
    portal.mending.decide(finding["id"], Decision.ACCEPT, actor="petrov", comment="ordered by hand")
    assert run().exit_code == 0


def test_very_many_findings_are_written_part_by_part(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    ca = create_authority(portal.ca_place, BUILTIN_CA, subject=CA_SUBJECT, algorithm=KeyAlgorithm.EC_P256)
    for _order in range(3):
        ca.request(an_order(f"{uuid4()}-0", a_key()))
    real = SystemClock().now
    monkeypatch.setattr(SystemClock, "now", lambda _self: real() + timedelta(hours=2))
    monkeypatch.setattr(rounds, "WRITTEN_AT_ONCE", 2)
    for opened in (3, 0):
        assert len(json.loads(run("--json").output)["findings"]) == 3
        with portal.database.read() as connection:
            last = last_round(connection)
        assert last is not None
        assert last.opened == opened


def test_an_authority_that_does_not_answer_is_told_of(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    create_authority(portal.ca_place, BUILTIN_CA, subject=CA_SUBJECT, algorithm=KeyAlgorithm.EC_P256)

    def silent(_self: BuiltinAuthority, _mark: str) -> IssuedPage:
        raise OutsideUnavailable("ca_unavailable")

    monkeypatch.setattr(BuiltinAuthority, "issued_since", silent)
    answer = run()
    assert answer.exit_code == 6
    assert f"{BUILTIN_CA} could not be asked" in answer.output
    with portal.database.read() as connection:
        last = last_round(connection)
    assert last is not None
    assert last.finished_at is not None, "everybody else was asked all the same"
