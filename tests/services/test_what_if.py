"""What is predicted is what happens: over random policies, assignments and fleets, and for each device."""

from collections import Counter
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from portal.db import snapshots
from portal.db.marks import mark_everything, mark_policy
from portal.db.models import Device, DeviceFinding, FleetReview, Policy, PolicyAssignment, PolicyVersion
from portal.db.transaction import Database
from portal.domain import codec
from portal.domain.findings import Finding, in_order, reasons_of
from portal.domain.ids import DeviceId, PolicyId
from portal.domain.policy import DeviceUsagePolicy
from portal.services.monitor import Monitor
from portal.services.what_if import Forecast, Hypothesis, WhatIf
from tests.support.clock import FrozenClock
from tests.support.generate import NOW
from tests.support.paper_fleet import PaperFleet, assignments, fleets, policy_of, write, write_assignment

FEW = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8)
CLOCK = FrozenClock(NOW)


def stored(database: Database) -> tuple[dict[int, int], dict[int, tuple[Finding, ...]]]:
    """What each device needs, and its findings, as they are written down."""
    with database.read() as connection:
        need = {row.id: row.need for row in connection.execute(select(Device.id, Device.need))}
        found: dict[int, list[Finding]] = {number: [] for number in need}
        for row in connection.execute(select(DeviceFinding)):
            found[row.device_id].append(Finding(row.reason, row.subject, row.fingerprint, row.until, row.on))
    return need, {number: in_order(findings) for number, findings in found.items()}


def settle(database: Database) -> None:
    """A pass of the monitor."""
    monitor = Monitor(database, CLOCK)
    monitor.review_marked()
    monitor.review_due()
    with database.read() as connection:
        assert connection.execute(select(FleetReview.id)).first() is None


def expected(before: dict[int, int], after: dict[int, int]) -> tuple[int, int, int, dict[str, int]]:
    pairs = [(before[number], after[number]) for number in before]
    new = Counter(reason.value for was, now in pairs for reason in reasons_of(now & ~was))
    due = sum(1 for was, now in pairs if now and not was)
    further = sum(1 for was, now in pairs if was and now & ~was)
    return due, further, sum(1 for was, now in pairs if was and not now), dict(new)


def said(forecast: Forecast) -> tuple[int, int, int, dict[str, int]]:
    reasons = {reason.value: number for reason, number in forecast.reasons}
    return forecast.becoming_due, forecast.further, forecast.relieved, reasons


def listed(what_if: WhatIf, hypothesis: Hypothesis) -> list[int]:
    """Every page of the list, two devices each."""
    found, place = [], None
    while True:
        page = what_if.devices(hypothesis, after=place, size=2)
        found += [int(item.row.id) for item in page.items]
        place = page.after
        if place is None:
            return found


def short(findings: tuple[Finding, ...]) -> dict[tuple[str, str, str], Finding]:
    """As rows hold them: two that differ only in their date are one."""
    return {(one.reason.value, one.subject, one.fingerprint): one for one in findings}


def compare(database: Database, hypothesis: Hypothesis, happen: object) -> None:
    what_if = WhatIf(database, CLOCK)
    before, _ = stored(database)
    forecast, touched = what_if.forecast(hypothesis), listed(what_if, hypothesis)
    predicted = what_if.findings(hypothesis, [DeviceId(number) for number in before])
    assert stored(database)[0] == before, "nothing is saved"
    happen()  # type: ignore[operator]
    settle(database)
    after, findings = stored(database)
    assert {number: short(those) for number, those in findings.items()} == {
        int(number): short(those) for number, those in predicted.items()
    }
    assert said(forecast) == expected(before, after)
    assert touched == sorted(number for number in before if after[number] & ~before[number])


@FEW
@given(fleet=fleets(), draft=policy_of(PolicyId(1), version=2))
def test_publishing_does_what_was_predicted(database: Database, fleet: PaperFleet, draft: DeviceUsagePolicy) -> None:
    with database.begin() as connection:
        write(connection, fleet)

    def publish() -> None:
        with database.begin() as connection:
            values = {"policy_id": 1, "version": 2, "body": codec.to_json(draft), "published_at": NOW}
            connection.execute(insert(PolicyVersion).values(**values))
            connection.execute(update(Policy).where(Policy.id == 1).values(current_version=2))
            mark_policy(connection, PolicyId(1), NOW)

    compare(database, WhatIf(database, CLOCK).publishing(draft), publish)


@FEW
@given(fleet=fleets(), data=st.data())
def test_assigning_does_what_was_predicted(database: Database, fleet: PaperFleet, data: st.DataObject) -> None:
    with database.begin() as connection:
        write(connection, fleet)
    others = data.draw(assignments(fleet.policies))
    shifted = tuple(replace(one, id=type(one.id)(one.id + 20)) for one in others)

    def assign() -> None:
        with database.begin() as connection:
            for one in shifted:
                write_assignment(connection, one)
            gone = update(PolicyAssignment).where(PolicyAssignment.id < 20)
            connection.execute(gone.values(removed_at=NOW, unit_id=None))
            mark_everything(connection, NOW)

    compare(database, WhatIf(database, CLOCK).assigning(shifted), assign)
    with database.begin() as connection:
        assert {one.id for one in snapshots.assignments(connection)} == {one.id for one in shifted}
        connection.execute(delete(DeviceFinding))
