"""A step from intent to outcome, and back."""

from collections.abc import Callable

import pytest

from portal.domain.audit import AuditTag
from portal.domain.facts import KeyGenerated, KeyRemoved, LeftBehind
from portal.domain.outcomes import Waiting, WaitingFor
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import StepStatus, UpdateStatus
from tests.contracts.journal.subjects import ABSENT, LEASE, Subject, begun, claimed
from tests.support.clock import NOON


def test_a_step_goes_from_intent_to_outcome(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.intend(claim, 1, now=NOON)
    assert subject.statuses(update)[0] is StepStatus.INTENDED
    subject.journal.finish(claim, 1, reply={"a": "я"}, facts=(), then=0, now=NOON)
    again = claimed(subject, update, NOON + LEASE)
    assert again.steps[0].status is StepStatus.DONE
    assert again.steps[0].reply == {"a": "я"}
    assert subject.tags(update) == [
        (AuditTag.UPDATE_CLAIMED, 0),
        (AuditTag.STEP_INTENDED, 1),
        (AuditTag.STEP_DONE, 1),
        (AuditTag.UPDATE_CLAIMED, 0),
    ]


def test_since_when_a_step_is_in_doubt_is_known(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.intend(claim, 1, now=NOON)
    subject.journal.finish(claim, 1, reply={}, facts=(), then=2, now=NOON + LEASE / 2)
    again = claimed(subject, update, NOON + LEASE)
    assert [step.intended_at for step in again.steps] == [NOON, NOON + LEASE / 2, None]


def test_the_next_intent_goes_in_with_the_outcome(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.intend(claim, 1, now=NOON)
    before = subject.sequence(update)
    assert subject.journal.finish(claim, 1, reply={}, facts=(), then=2, now=NOON)
    assert subject.statuses(update) == [StepStatus.DONE, StepStatus.INTENDED, StepStatus.PENDING]
    assert subject.tags(update)[-2:] == [(AuditTag.STEP_DONE, 1), (AuditTag.STEP_INTENDED, 2)]
    assert subject.sequence(update) == before + 2


def test_nothing_more_is_intended_once_a_person_wants_to_stop(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.intend(claim, 1, now=NOON)
    subject.cancel(update)
    before = subject.sequence(update)
    assert not subject.journal.finish(claim, 1, reply={}, facts=(), then=2, now=NOON)
    assert subject.statuses(update) == [StepStatus.DONE, StepStatus.PENDING, StepStatus.PENDING]
    assert subject.tags(update)[-1] == (AuditTag.STEP_DONE, 1)
    assert subject.sequence(update) == before + 1


@pytest.mark.parametrize("seq", [1, 2])
def test_no_step_skips_its_intent(subject: Subject, seq: int) -> None:
    update, claim = begun(subject)
    with pytest.raises(ValueError, match="may not become"):
        subject.journal.finish(claim, seq, reply={}, facts=(LeftBehind("aa"),), then=0, now=NOON)
    assert subject.statuses(update)[seq - 1] is StepStatus.PENDING
    assert subject.tags(update) == [(AuditTag.UPDATE_CLAIMED, 0)]
    assert subject.known()["leftovers"] == set()


def test_every_change_counts(subject: Subject) -> None:
    update, claim = begun(subject)
    numbers = [subject.sequence(update)]
    changes: tuple[Callable[[], object], ...] = (
        lambda: subject.journal.intend(claim, 1, now=NOON),
        lambda: subject.journal.retry_step(claim, 1, now=NOON),
        lambda: subject.journal.unwind(claim, ABSENT, now=NOON),
        lambda: subject.journal.end(claim, UpdateStatus.CANCELLED, ABSENT, now=NOON),
    )
    for change in changes:
        change()
        numbers.append(subject.sequence(update))
    assert numbers == list(range(numbers[0], numbers[0] + 5))


def test_an_absent_effect_may_be_tried_again(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.intend(claim, 1, now=NOON)
    subject.journal.retry_step(claim, 1, now=NOON)
    subject.journal.intend(claim, 1, now=NOON)
    assert subject.statuses(update)[0] is StepStatus.INTENDED


def test_a_refused_step_turns_the_run_back(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.cancel(update)
    subject.journal.intend(claim, 1, now=NOON)
    full = why(Trouble.TOKEN_FULL, "64 k", free="0")
    subject.journal.refuse(claim, 1, full, now=NOON)
    run = claimed(subject, update, NOON + LEASE)
    assert run.unwinding == full
    assert not run.cancel_requested
    assert (run.steps[0].status, run.steps[0].why) == (StepStatus.REFUSED, full)


def test_what_is_refused_on_the_way_back_is_not_why_the_run_goes_back(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.intend(claim, 1, now=NOON)
    subject.journal.unwind(claim, why(Trouble.CANCELLED), now=NOON)
    subject.journal.refuse(claim, 1, why(Trouble.TOKEN_FULL), now=NOON)
    run = claimed(subject, update, NOON + LEASE)
    assert run.unwinding == why(Trouble.CANCELLED)
    assert (run.steps[0].status, run.steps[0].why) == (StepStatus.REFUSED, why(Trouble.TOKEN_FULL))


@pytest.mark.parametrize("status", [StepStatus.DONE, StepStatus.REFUSED, StepStatus.INTENDED, StepStatus.WAITING])
def test_whatever_was_touched_is_undone(subject: Subject, status: StepStatus) -> None:
    update, claim = begun(subject)
    journal = subject.journal
    journal.intend(claim, 2, now=NOON)
    match status:
        case StepStatus.DONE:
            journal.finish(claim, 2, reply={"x": "1"}, facts=(KeyGenerated("aa", "Подпись"),), then=0, now=NOON)
        case StepStatus.REFUSED:
            journal.refuse(claim, 2, ABSENT, now=NOON)
        case StepStatus.WAITING:
            journal.park(claim, 2, Waiting(WaitingFor.CA, ABSENT, NOON, "t"), accepted=True, now=NOON)
            claim = claimed(subject, update).claim
        case _:
            pass
    journal.intend_undo(claim, 2, now=NOON)
    assert subject.statuses(update)[1] is StepStatus.UNDOING
    journal.finish_undo(claim, 2, facts=(KeyRemoved("aa"),), now=NOON)
    assert subject.statuses(update)[1] is StepStatus.UNDONE
    assert subject.tags(update)[-2:] == [(AuditTag.STEP_UNDOING, 2), (AuditTag.STEP_UNDONE, 2)]


def test_an_undone_step_keeps_its_reply(subject: Subject) -> None:
    update, claim = begun(subject)
    subject.journal.intend(claim, 2, now=NOON)
    subject.journal.finish(claim, 2, reply={"x": "1"}, facts=(), then=0, now=NOON)
    subject.journal.intend_undo(claim, 2, now=NOON)
    assert claimed(subject, update, NOON + LEASE).steps[1].reply == {"x": "1"}
