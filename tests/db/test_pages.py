"""Lists of people, updates and the audit, and the first page."""

from datetime import timedelta
from itertools import count
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from portal.db import audit_chain, snapshots
from portal.db.models import Device, Update, UpdateStep
from portal.db.queries.audit import AuditFilter, list_audit
from portal.db.queries.dashboard import dashboard
from portal.db.queries.device_card import device_card, device_number
from portal.db.queries.people import list_people
from portal.db.queries.update_progress import update_progress
from portal.db.queries.updates import UpdateFilter, latest_updates, list_updates
from portal.db.transaction import Database
from portal.domain import codec
from portal.domain.audit import AuditEvent, AuditTag
from portal.domain.device import UPDATABLE, AppliedPolicy, DeviceState
from portal.domain.errors import NotFound
from portal.domain.findings import Finding, UpdateReason
from portal.domain.ids import DeviceId, PolicyId
from portal.domain.plan_items import Action, Choices, PlanItem, UpdatePlan
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.domain.update_steps import Step, StepKind
from portal.seed.fleet import generate_fleet
from tests.support.clock import NOON

FINDING = Finding(UpdateReason.CERTIFICATE_EXPIRING, "Вход в домен", "ab", NOON)
PLAN = UpdatePlan(
    AppliedPolicy(PolicyId(1), 1),
    "Сотрудники",
    (PlanItem(Action.RENEW, "Вход в домен", (FINDING,)),),
    "hash",
    Choices(),
)
STEPS = (
    (Step(StepKind.GENERATE_KEY, 0, key_id="0a"), StepStatus.DONE),
    (Step(StepKind.REQUEST_CERTIFICATE, 0, order_id="o-0"), StepStatus.REFUSED),
    (Step(StepKind.VERIFY_TOKEN), StepStatus.PENDING),
)


@pytest.fixture
def fleet(database: Database) -> Database:
    generate_fleet(database, people=60, devices=90, seed=3, now=NOON)
    return database


def order(connection: Connection, device: int, status: UpdateStatus) -> int:
    """An update of this device in this status, with three steps."""
    stored = {"plan": codec.to_json(PLAN), "findings": [codec.to_json(FINDING)], "choices": codec.to_json(Choices())}
    values = {"uuid": str(uuid4()), "device_id": device, "status": status, "policy_id": 1, "policy_version": 1}
    more = {"content_hash": "hash", "ordered_by": "operator", "ordered_at": NOON}
    number = connection.execute(insert(Update).values(**values, **stored, **more).returning(Update.id)).scalar_one()
    for seq, (step, state) in enumerate(STEPS, 1):
        row = {"update_id": number, "seq": seq, "kind": step.kind.value, "item": step.item, "version": step.version}
        trouble = codec.to_json(why(Trouble.CA_REFUSED, about="x")) if state is StepStatus.REFUSED else None
        connection.execute(insert(UpdateStep).values(**row, status=state, step=codec.to_json(step), why=trouble))
    return number


def test_people_are_listed_by_name_whatever_the_page_size(fleet: Database) -> None:
    with fleet.read() as connection:
        whole = [row.id for row in list_people(connection, size=100).items]
        assert len(whole) == 60

        @given(st.integers(1, 61))
        @hypothesis_settings(max_examples=20, suppress_health_check=list(HealthCheck))
        def in_pages(size: int) -> None:
            found, after = [], None
            for _ in count():
                page = list_people(connection, size=size, after=after)
                found += [row.id for row in page.items]
                after = page.after
                if after is None:
                    break
            assert found == whole

        in_pages()


def test_a_second_active_update_of_a_device_is_impossible(fleet: Database) -> None:
    with fleet.begin() as connection:
        order(connection, 1, UpdateStatus.COMPLETED)
        order(connection, 1, UpdateStatus.STUCK)
    with pytest.raises(IntegrityError), fleet.begin() as connection:
        order(connection, 1, UpdateStatus.ORDERED)


def test_updates_are_listed_newest_first_and_by_status(fleet: Database) -> None:
    with fleet.begin() as connection:
        numbers = [order(connection, device, UpdateStatus.COMPLETED) for device in (1, 2, 1)]
        running = order(connection, 1, UpdateStatus.RUNNING)
    with fleet.read() as connection:
        first = list_updates(connection, UpdateFilter(), size=3)
        second = list_updates(connection, UpdateFilter(), size=3, after=first.after)
        done = list_updates(connection, UpdateFilter(statuses=(UpdateStatus.COMPLETED,), device=DeviceId(1)))
        latest = latest_updates(connection, 1, some=2)
    assert [row.id for row in (*first.items, *second.items)] == [running, *reversed(numbers)]
    assert [row.id for row in done.items] == [numbers[2], numbers[0]]
    assert [row.id for row in latest] == [running, numbers[2]]
    assert (latest[0].done, latest[0].steps) == (1, 3)


def test_progress_tells_plan_findings_and_steps(fleet: Database) -> None:
    with fleet.begin() as connection:
        number = order(connection, 1, UpdateStatus.RUNNING)
    with fleet.read() as connection:
        progress = update_progress(connection, number)
    assert progress.plan == PLAN
    assert progress.findings == (FINDING,)
    assert [(one.step, one.status) for one in progress.steps] == list(STEPS)
    assert progress.steps[1].why == why(Trouble.CA_REFUSED, about="x")
    assert (progress.percent, progress.finished) == (33, False)


def test_a_step_nobody_knows_any_more_is_shown_by_name(fleet: Database) -> None:
    with fleet.begin() as connection:
        number = order(connection, 1, UpdateStatus.STUCK)
        old = {"update_id": number, "seq": 4, "kind": "polish", "item": -1, "version": 9, "status": StepStatus.PENDING}
        connection.execute(insert(UpdateStep).values(**old, step={"kind": "Step", "version": 9, "value": {}}))
    with fleet.read() as connection:
        *_, last = update_progress(connection, number).steps
    assert (last.kind, last.step) == ("polish", None)


@pytest.mark.parametrize("ask", [update_progress, lambda c, n: device_card(c, n, NOON), snapshots.person])
def test_what_is_not_there_is_not_found(database: Database, ask: object) -> None:
    assert callable(ask)
    with database.read() as connection, pytest.raises(NotFound):
        ask(connection, 404)


def test_a_device_is_found_by_its_serial_number(fleet: Database) -> None:
    with fleet.read() as connection:
        serial = connection.execute(select(Device.serial).where(Device.id == 7)).scalar_one()
        assert device_number(connection, serial) == 7
        with pytest.raises(NotFound):
            device_number(connection, "nobody's")


def test_the_card_shows_what_the_rules_find_now(fleet: Database) -> None:
    with fleet.read() as connection:
        cards = [device_card(connection, number, NOON) for number in range(1, 91)]
    for card in cards:
        assert card.row.due == any(one.reason.due for one in card.findings)
        assert (card.holder is None) == (card.row.state is DeviceState.CLEAN)
        assert card.may_update == (card.acting is not None and card.row.state in UPDATABLE)


def test_the_dashboard_counts_what_the_list_shows(fleet: Database) -> None:
    with fleet.begin() as connection:
        order(connection, 1, UpdateStatus.STUCK)
        order(connection, 2, UpdateStatus.WAITING)
    with fleet.read() as connection:
        shown = dashboard(connection, NOON)
        rows = connection.execute(select(Device.need, Device.earliest_not_after, Device.problem)).all()
    ends = [row.earliest_not_after for row in rows if row.earliest_not_after]
    assert shown.due == sum(row.need > 0 for row in rows)
    assert sum(number for _, number in shown.troubled) == sum(bool(row.problem) for row in rows)
    assert (shown.updates[UpdateStatus.STUCK], shown.updates[UpdateStatus.WAITING]) == (1, 1)
    assert shown.expired == sum(end < NOON for end in ends)
    assert len(shown.weeks) == 13
    assert sum(week.devices for week in shown.weeks) == sum(NOON <= end < NOON + timedelta(weeks=13) for end in ends)


def test_the_audit_is_filtered_and_paged(database: Database) -> None:
    with database.begin() as connection:
        for number in range(7):
            tag = AuditTag.UPDATE_ORDERED if number % 2 else AuditTag.DEVICE_SEEN
            event = AuditEvent(tag, f"user{number % 3}", f"device:{number}", {"n": number})
            audit_chain.append(connection, event, NOON + timedelta(hours=number))
    with database.read() as connection:
        first = list_audit(connection, AuditFilter(), size=4)
        second = list_audit(connection, AuditFilter(), size=4, after=first.after)
        tagged = list_audit(connection, AuditFilter(tag=AuditTag.UPDATE_ORDERED))
        spanned = list_audit(
            connection, AuditFilter(since=NOON + timedelta(hours=1), before=NOON + timedelta(hours=3), actor="user1")
        )
    assert [row.id for row in (*first.items, *second.items)] == [7, 6, 5, 4, 3, 2, 1]
    assert second.after is None
    assert [row.particulars["n"] for row in tagged.items] == [5, 3, 1]
    assert [row.subject for row in spanned.items] == ["device:1"]
