"""The daily check: what somebody changed behind the back of the portal is found, told and mended."""

import logging

import pytest
from sqlalchemy import delete, insert, select, update

from portal.db.contents import store_contents
from portal.db.models import AuditEntry, Certificate, CertificatePlace, Device, DeviceFinding, Peculiarity
from portal.db.queries.dashboard import dashboard
from portal.domain.certificate import CertificateKind, Purpose
from portal.domain.contents import TokenContents
from portal.domain.findings import UpdateReason
from portal.services.findings_check import ROUND, FindingsCheck
from tests.support.office import CA, Office


@pytest.fixture
def settled(office: Office) -> Office:
    office.monitor.review_marked()
    office.monitor.review_due()
    return office


def check(office: Office) -> int:
    return FindingsCheck(office.database, office.clock).follow()


def slip_in(office: Office) -> None:
    """A certificate somebody wrote into the database by hand."""
    values = {"kind": CertificateKind.MANAGED, "name": "Подпись", "ca": CA, "ca_template": "signature"}
    rest = {"purpose": Purpose.SIGN, "fingerprint": "f1", "key_id": "0a", "status": CertificatePlace.WRITTEN}
    ends = {"not_before": office.now, "not_after": office.now + ROUND, "created_at": office.now}
    with office.database.begin() as connection:
        connection.execute(insert(Certificate).values(device_id=office.device, **values, **rest, **ends))


def test_while_all_is_true_nothing_is_said(settled: Office) -> None:
    assert check(settled) == 0
    assert settled.count(AuditEntry) == 0


def test_a_difference_is_told_shown_and_mended(settled: Office, caplog: pytest.LogCaptureFixture) -> None:
    slip_in(settled)
    with caplog.at_level(logging.ERROR):
        assert check(settled) == 1
    assert "not true" in caplog.text
    with settled.database.read() as connection:
        told = connection.execute(select(AuditEntry.tag, AuditEntry.particulars)).one()
        found = connection.execute(select(DeviceFinding.reason)).scalars().all()
        shown = dashboard(connection, settled.now).mended
    assert (told.tag, told.particulars["devices"]) == ("sweeper:findings:mended", 1)
    assert found == [UpdateReason.CERTIFICATE_EXPIRING]
    assert shown == settled.now
    assert check(settled) == 0


@pytest.mark.parametrize("table", [DeviceFinding, Peculiarity])
def test_rows_taken_away_are_noticed(settled: Office, table: type) -> None:
    slip_in(settled)
    with settled.database.begin() as connection:
        store_contents(connection, settled.device, TokenContents("00a1b2c3", ()))
    check(settled)
    with settled.database.begin() as connection:
        assert connection.execute(delete(table)).rowcount == 1
    assert check(settled) == 1


def test_what_the_monitor_is_about_to_look_at_is_no_alarm(settled: Office) -> None:
    slip_in(settled)
    with settled.database.begin() as connection:
        connection.execute(update(Device).values(next_check_at=settled.now))
    assert check(settled) == 0
    settled.monitor.review_due()
    assert check(settled) == 0


def test_while_a_mark_is_open_nothing_is_compared(office: Office) -> None:
    slip_in(office)
    assert check(office) == 0


def test_one_round_a_day(settled: Office) -> None:
    follower = FindingsCheck(settled.database, settled.clock)
    assert follower.follow() == 0
    slip_in(settled)
    assert follower.follow() == 0, "the next round begins tomorrow"
    settled.clock.set(settled.now + ROUND)
    with settled.database.begin() as connection:
        connection.execute(update(Device).values(next_check_at=None))
    assert follower.follow() == 1
