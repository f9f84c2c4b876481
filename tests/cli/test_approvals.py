"""Approving and refusing from the machine itself, with a real authority behind."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from portal.bootstrap import BUILTIN_CA, Portal, build
from portal.cli.main import main
from portal.connectors.ca.builtin.setup import create_authority
from portal.db import schema
from portal.db.models import AuditEntry
from portal.domain.audit import AuditTag
from portal.domain.certificate import KeyAlgorithm
from portal.domain.outcomes import Done, Refused
from portal.ports.certificate_authority import CertificateAuthority
from portal.settings import Settings
from tests.support.pki import CA_SUBJECT, a_key, an_order


@pytest.fixture
def portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Portal:
    monkeypatch.setenv("KLYUCHNIK_DATA_DIR", str(tmp_path))
    monkeypatch.setattr("getpass.getuser", lambda: "petrov")
    settings = Settings.from_env()
    schema.upgrade(settings.database_url)
    return build(settings)


@pytest.fixture
def ca(portal: Portal) -> CertificateAuthority:
    made = create_authority(portal.ca_place, BUILTIN_CA, subject=CA_SUBJECT, algorithm=KeyAlgorithm.EC_P256)
    portal.approvals.switch("domain-logon", manual=True, actor="administrator")
    return made


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ("approvals", *arguments), catch_exceptions=False)


def test_a_waiting_order_is_listed_and_approved(portal: Portal, ca: CertificateAuthority) -> None:
    order = an_order("order-1", a_key())
    assert "nothing waits" in run("list").stdout
    ca.request(order)
    assert "order-1" in run("list").stdout
    (listed,) = json.loads(run("list", "--json").stdout)
    assert listed["request"]["template"] == "domain-logon"
    assert run("approve", "order-1", "--comment", "by request 7").exit_code == 0
    assert isinstance(ca.request(order), Done)
    with portal.database.read() as connection:
        query = select(AuditEntry.actor).where(AuditEntry.tag == AuditTag.APPROVAL_GRANTED.value)
        assert connection.execute(query).scalars().all() == ["cli:petrov"]
    assert run("refuse", "order-1", "--comment", "too late").exit_code == 1


def test_a_refusal_says_why(portal: Portal, ca: CertificateAuthority) -> None:
    order = an_order("order-1", a_key())
    ca.request(order)
    assert run("refuse", "order-1").exit_code == 2
    assert run("refuse", "order-1", "--comment", "he left").exit_code == 0
    assert isinstance(ca.request(order), Refused)
    assert run("approve", "order-2").exit_code == 1
