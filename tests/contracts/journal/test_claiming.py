"""Who holds an update, for how long, and what whoever lost it may still do: nothing."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import update as set_rows

from portal.db.models import UpdateStep
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict
from portal.domain.ids import UpdateId
from portal.domain.outcomes import Waiting, WaitingFor
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.ports.journal import LeaseLost
from tests.contracts.journal.subjects import ABSENT, LATER, LEASE, STEPS, Subject, begun, claimed
from tests.support.clock import NOON
from tests.support.ledgers import LOGIN, Ledger


def test_an_ordered_update_is_claimed_as_it_was_stored(subject: Subject) -> None:
    update = subject.order()
    run = claimed(subject, update)
    assert (run.serial, run.login) == (subject.serial, LOGIN)
    assert tuple(record.step for record in run.steps) == STEPS
    assert [record.seq for record in run.steps] == [1, 2, 3]
    assert all(record.status is StepStatus.PENDING for record in run.steps)
    assert (run.attempts, run.unwinding, run.cancel_requested, run.known_step_versions) == (0, None, False, True)
    assert subject.status(update) is UpdateStatus.RUNNING


def test_one_holds_it_until_its_lease_ends(subject: Subject) -> None:
    update = subject.order()
    first = claimed(subject, update)
    assert subject.journal.claim(update, owner="two", now=NOON + LEASE / 2, lease=LEASE) is None
    second = claimed(subject, update, NOON + LEASE, "two")
    assert second.claim.fence > first.claim.fence
    assert second.attempts == 1


def test_nobody_claims_what_is_not_there(subject: Subject) -> None:
    assert subject.journal.claim(UpdateId(4711), owner="one", now=NOON, lease=LEASE) is None


def test_a_lease_is_prolonged(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.renew(claim, now=NOON + LEASE / 2, lease=LEASE)
    assert subject.journal.claim(update, owner="two", now=NOON + LEASE, lease=LEASE) is None


def test_who_lost_the_lease_writes_nothing(subject: Subject) -> None:
    update, old = begun(subject)
    claimed(subject, update, NOON + LEASE, "two")
    before = subject.tags(update), subject.sequence(update)
    journal, wait = subject.journal, Waiting(WaitingFor.TOKEN, ABSENT)
    calls: tuple[Callable[[], object], ...] = (
        lambda: journal.renew(old, now=NOON, lease=LEASE),
        lambda: journal.cancel_requested(old),
        lambda: journal.intend(old, 1, now=NOON),
        lambda: journal.finish(old, 1, reply={}, facts=(), then=0, now=NOON),
        lambda: journal.retry_step(old, 1, now=NOON),
        lambda: journal.park(old, 1, wait, accepted=False, now=NOON),
        lambda: journal.refuse(old, 1, ABSENT, now=NOON),
        lambda: journal.unwind(old, ABSENT, now=NOON),
        lambda: journal.intend_undo(old, 1, now=NOON),
        lambda: journal.finish_undo(old, 1, facts=(), now=NOON),
        lambda: journal.get_stuck(old, 1, ABSENT, now=NOON),
        lambda: journal.end(old, UpdateStatus.COMPLETED, None, now=NOON),
    )
    for call in calls:
        with pytest.raises(LeaseLost):
            call()
    assert (subject.tags(update), subject.sequence(update)) == before
    assert subject.statuses(update) == [StepStatus.PENDING] * 3


def test_attempts_count_claims_without_progress(subject: Subject) -> None:
    update = subject.order()
    subject.journal.intend(claimed(subject, update).claim, 1, now=NOON)
    assert claimed(subject, update, NOON + LEASE).attempts == 1
    run = claimed(subject, update, NOON + 2 * LEASE)
    assert run.attempts == 2
    subject.journal.finish(run.claim, 1, reply={}, facts=(), then=0, now=NOON)
    assert claimed(subject, update, NOON + 9 * LEASE).attempts == 0


@pytest.mark.parametrize("status", [UpdateStatus.COMPLETED, UpdateStatus.FAILED, UpdateStatus.CANCELLED])
def test_what_is_over_is_over(subject: Subject, status: UpdateStatus) -> None:
    update, claim = begun(subject)
    subject.journal.end(claim, status, None if status is UpdateStatus.COMPLETED else ABSENT, now=NOON)
    assert subject.status(update) is status
    assert subject.journal.claim(update, owner="one", now=LATER, lease=LEASE) is None
    assert subject.applied(update) is (status is UpdateStatus.COMPLETED)
    assert subject.tags(update)[-1] == (AuditTag(f"worker:update:{status.value}"), 0)
    with pytest.raises(Conflict):
        subject.cancel(update)
    assert subject.order() != update


def test_a_stored_step_of_the_future_is_told(sqlite_ledger: Ledger) -> None:
    device = sqlite_ledger.device(uuid4().hex)
    update = sqlite_ledger.order(device, STEPS)
    with sqlite_ledger.database.begin() as connection:
        later = {"kind": "Step", "version": 99, "value": {}}
        connection.execute(set_rows(UpdateStep).where(UpdateStep.update_id == update).values(step=later))
    run = sqlite_ledger.journal.claim(update, owner="one", now=NOON, lease=LEASE)
    assert run is not None
    assert (run.steps, run.known_step_versions) == ((), False)


def test_a_second_active_update_of_a_device_is_refused(subject: Subject) -> None:
    subject.order()
    with pytest.raises(Exception, match=r"update_under_way|UNIQUE|unique"):
        subject.order()
