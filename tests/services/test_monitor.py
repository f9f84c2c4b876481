"""The monitor: what time alone has changed is found, and no device keeps the others waiting."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, delete, func, insert, select, text, update

from portal.db import snapshots
from portal.db.findings import store_review
from portal.db.marks import mark_everything, mark_policy
from portal.db.models import Device, DeviceContents, FleetReview, PolicyAssignment
from portal.domain.errors import NotFound
from portal.domain.findings import UpdateReason
from portal.domain.ids import DeviceId
from portal.domain.plan_items import Choices
from portal.services import monitor
from portal.services.monitor import REST
from portal.services.reviews import review_of
from tests.support.office import Office


def updated(office: Office) -> None:
    """The device is in line with its policy."""
    number = office.order()
    office.enter_pin(number)
    office.work()
    office.monitor.review_due()


def set_all(office: Office, **values: object) -> None:
    with office.database.begin() as connection:
        connection.execute(update(Device).values(**values))


def rows_written(connection: Connection) -> int:
    """By the transaction so far."""
    if connection.dialect.name == "sqlite":
        return int(connection.execute(select(func.total_changes())).scalar_one())
    query = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables"
    return int(connection.execute(text(query)).scalar_one())


def test_a_renewal_window_that_opens_makes_the_device_due(office: Office) -> None:
    updated(office)
    row = office.device_row()
    assert row.need == 0
    assert row.next_check_at == row.earliest_not_after - timedelta(days=30)
    office.clock.set(row.next_check_at - timedelta(seconds=1))
    assert office.monitor.review_due() == 0
    office.clock.advance(seconds=1)
    assert office.monitor.review_due() == 1
    assert office.device_row().need != 0
    assert office.monitor.review_due() == 0, "what was looked at waits for the next moment"


def test_a_look_that_finds_nothing_new_writes_nothing(office: Office) -> None:
    updated(office)
    office.clock.set(office.device_row().earliest_not_after)
    office.monitor.review_due()
    with office.database.begin() as connection:
        review = review_of(snapshots.device(connection, office.device), snapshots.assignments(connection), office.now)
        assert review.findings
        before = rows_written(connection)
        store_review(connection, review)
        assert rows_written(connection) == before
        store_review(connection, replace(review, findings=()))
        assert rows_written(connection) > before


def test_an_ended_certificate_is_another_reason(office: Office) -> None:
    updated(office)
    office.clock.set(office.device_row().earliest_not_after)
    office.monitor.review_due()
    assert [finding.reason for finding in office.updates.review(office.device)] == [UpdateReason.CERTIFICATE_EXPIRED]


def test_many_devices_are_reviewed_in_batches(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitor, "BATCH", 2)
    for number in range(4):
        office.add_device(f"0{number}")
    set_all(office, next_check_at=office.now)
    assert [office.monitor.review_due() for _ in range(4)] == [2, 2, 1, 0]


def test_a_turn_whose_time_is_up_leaves_the_other_marks_to_the_next(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.monitor.review_marked()
    office.monitor.review_due()
    with office.database.begin() as connection:
        mark_policy(connection, office.policy.id, office.now)
        mark_everything(connection, office.now)
    assert office.count(FleetReview) == 2
    monkeypatch.setattr(monitor, "MARKED", -1.0)
    assert [(office.monitor.review_marked(), office.count(FleetReview)) for _ in range(3)] == [(1, 1), (1, 0), (0, 0)]


def test_a_device_that_cannot_be_read_keeps_no_other_waiting(office: Office) -> None:
    broken = office.add_device("0f")
    set_all(office, next_check_at=office.now)
    with office.database.begin() as connection:
        seen = {"contents": {"kind": "of another version"}, "contents_hash": "00"}
        connection.execute(insert(DeviceContents).values(device_id=broken, **seen))
    assert office.monitor.review_due() == 2
    assert office.device_row().need != 0, "the other one was judged"
    assert office.device_row(broken).next_check_at == office.now + REST
    assert office.monitor.review_due() == 0


def test_a_device_without_policy_or_holder_is_never_due(office: Office) -> None:
    orphan = office.add_device("0e", holder=None)
    with office.database.begin() as connection:
        connection.execute(delete(PolicyAssignment))
    set_all(office, next_check_at=office.now)
    office.monitor.review_due()
    assert (office.device_row().problem, office.device_row().need) == ("no_policy", 0)
    assert (office.device_row(orphan).problem, office.device_row(orphan).next_check_at) == ("", None)


def test_a_review_by_hand_finds_the_same(office: Office) -> None:
    found = office.updates.review(office.device)
    assert [finding.reason for finding in found] == [UpdateReason.TEMPLATE_ADDED]
    assert found == office.updates.plan(office.device, Choices()).findings
    with pytest.raises(NotFound):
        office.updates.review(DeviceId(4711))
