"""A parked run, the wish to stop, and a stuck run that waits for a word."""

import pytest

from portal.domain.errors import Conflict
from portal.domain.outcomes import Waiting, WaitingFor
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.ports.journal import LeaseLost
from tests.contracts.journal.subjects import ABSENT, LATER, LEASE, Subject, begun, claimed
from tests.support.clock import NOON


def test_a_parked_run_waits_until_its_time(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.intend(claim, 1, now=NOON)
    waiting = Waiting(WaitingFor.CA, why(Trouble.CA_DECIDES), LATER, ticket="order-1")
    subject.journal.park(claim, 1, waiting, accepted=True, now=NOON)
    assert subject.status(update) is UpdateStatus.WAITING
    assert subject.journal.claim(update, owner="one", now=NOON, lease=LEASE) is None
    run = claimed(subject, update, LATER)
    record = run.steps[0]
    assert (record.status, record.ticket, record.why) == (StepStatus.WAITING, "order-1", why(Trouble.CA_DECIDES))
    assert run.attempts == 0
    with pytest.raises(LeaseLost):
        subject.journal.renew(claim, now=NOON, lease=LEASE)


def test_a_run_that_waits_for_somebody_is_woken(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.intend(claim, 1, now=NOON)
    subject.journal.park(claim, 1, Waiting(WaitingFor.TOKEN, ABSENT), accepted=False, now=NOON)
    assert subject.journal.claim(update, owner="one", now=LATER, lease=LEASE) is None
    subject.wake(update)
    record = claimed(subject, update, LATER).steps[0]
    assert (record.status, record.why) == (StepStatus.INTENDED, ABSENT)


def test_a_wish_to_stop_is_heard_once(subject: Subject) -> None:
    update, claim = begun(subject)
    assert not subject.journal.cancel_requested(claim)
    subject.cancel(update)
    assert subject.journal.cancel_requested(claim)
    subject.journal.unwind(claim, why(Trouble.CANCELLED), now=NOON)
    assert not subject.journal.cancel_requested(claim)
    assert claimed(subject, update, LATER).unwinding == why(Trouble.CANCELLED)


def test_a_wish_to_stop_wakes_a_waiting_run(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.park(claim, 1, Waiting(WaitingFor.TOKEN, ABSENT), accepted=False, now=NOON)
    subject.cancel(update)
    assert claimed(subject, update).cancel_requested


def test_a_wish_that_comes_while_the_run_parks_is_not_lost(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.cancel(update)
    subject.journal.park(claim, 1, Waiting(WaitingFor.TOKEN, ABSENT), accepted=False, now=NOON)
    assert claimed(subject, update).cancel_requested


def test_a_report_that_comes_before_the_run_parks_is_not_lost(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.intend(claim, 1, now=NOON)
    waiting = Waiting(WaitingFor.AGENT, why(Trouble.AGENT_WORKS), ticket="order-1")
    subject.ring(update)
    assert subject.journal.park(claim, 1, waiting, accepted=True, now=NOON)
    again = claimed(subject, update).claim
    assert not subject.journal.park(again, 1, waiting, accepted=True, now=NOON), "one bell is answered once"
    assert subject.journal.claim(update, owner="one", now=LATER, lease=LEASE) is None


def test_a_bell_does_not_hasten_whom_no_workstation_keeps_waiting(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.ring(update)
    assert not subject.journal.park(claim, 1, Waiting(WaitingFor.RETRY, ABSENT, LATER), accepted=False, now=NOON)
    assert subject.journal.claim(update, owner="one", now=NOON, lease=LEASE) is None


def test_giving_up_counts_only_where_the_token_is_awaited(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.unwind(claim, ABSENT, now=NOON)
    subject.cancel(update, leave_behind=True)
    subject.journal.park(claim, 1, Waiting(WaitingFor.RETRY, ABSENT, LATER), accepted=False, now=NOON)
    assert subject.journal.claim(update, owner="one", now=NOON, lease=LEASE) is None
    again = claimed(subject, update, LATER).claim
    subject.journal.park(again, 1, Waiting(WaitingFor.TOKEN, ABSENT), accepted=False, now=LATER)
    assert claimed(subject, update, LATER).cancel_requested


def test_forward_and_back_are_stopped_in_their_own_ways(subject: Subject) -> None:
    update, claim = begun(subject)
    with pytest.raises(Conflict):
        subject.cancel(update, leave_behind=True)
    subject.journal.unwind(claim, ABSENT, now=NOON)
    with pytest.raises(Conflict):
        subject.cancel(update)


def test_a_stuck_run_waits_for_a_word(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.intend(claim, 1, now=NOON)
    subject.journal.get_stuck(claim, 1, why(Trouble.IN_DOUBT), now=NOON)
    assert subject.status(update) is UpdateStatus.STUCK
    assert subject.journal.claim(update, owner="one", now=LATER, lease=LEASE) is None
    with pytest.raises(Conflict):
        subject.cancel(update)
    subject.settle(update, happened=True)
    run = claimed(subject, update)
    assert (run.steps[0].settled, run.attempts) == (True, 0)
    subject.journal.retry_step(run.claim, 1, now=NOON)
    assert claimed(subject, update, LATER).steps[0].settled is None


def test_a_word_is_over_once_the_run_waits_again(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.intend(claim, 1, now=NOON)
    subject.journal.get_stuck(claim, 1, why(Trouble.IN_DOUBT), now=NOON)
    subject.settle(update, happened=True)
    again = claimed(subject, update)
    subject.journal.park(again.claim, 1, Waiting(WaitingFor.RETRY, ABSENT, LATER), accepted=False, now=NOON)
    assert claimed(subject, update, LATER).steps[0].settled is None


def test_what_nobody_said_is_stuck_too(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.get_stuck(claim, 0, why(Trouble.TOO_MANY_ATTEMPTS), now=NOON)
    subject.settle(update, happened=False)
    assert [record.settled for record in claimed(subject, update).steps] == [None, None, None]


def test_only_a_stuck_run_is_settled(subject: Subject) -> None:
    update, _ = begun(subject)
    with pytest.raises(Conflict):
        subject.settle(update, happened=True)
