"""Back through the item under way: each undo journalled, last step first, until nothing of it is left.

Items completed before stay. What an undo cannot reach the run waits for; a person may give it up,
and then it is remembered as left behind on the token. A run that was stuck and is ended by a person asks nobody again:
what its authority issues or has issued is owed, and revoked after the run.
"""

from typing import assert_never

from portal.domain.facts import Fact
from portal.domain.outcomes import Absent, Accepted, Done, Happened, Outcome, Refused, Unknown, Waiting, WaitingFor
from portal.domain.troubles import Trouble
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.domain.update_steps import ON_TOKEN
from portal.ports.journal import StepRecord
from portal.services.boundaries import Boundary
from portal.services.going_forward import take
from portal.services.journey import Journey

Facts = tuple[Fact, ...]

#: What a person may give up waiting for.
GIVES_UP = frozenset({WaitingFor.TOKEN, WaitingFor.PIN, WaitingFor.AGENT})


def go_back(journey: Journey) -> UpdateStatus:
    """Settle what is in doubt, undo the item under way, end the run."""
    log = journey.log
    given_up = log.cancel_requested()
    if not log.hopeless and (ended := _clear_doubt(journey, given_up=given_up)) is not None:
        return ended
    for record in log.to_undo():
        if not journey.handler(record).undoes:
            continue
        if (ended := _undo(journey, record, given_up=given_up)) is not None:
            return ended
    if (ended := _pay_what_is_owed(journey)) is not None:
        return ended
    cancelled = log.unwinding is not None and log.unwinding.trouble is Trouble.CANCELLED
    return log.end(UpdateStatus.CANCELLED if cancelled else UpdateStatus.FAILED, log.unwinding)


def _clear_doubt(journey: Journey, *, given_up: bool) -> UpdateStatus | None:
    """What cannot be undone is at least known: ask the world about a step in doubt."""
    record = journey.log.current()
    if record is None or journey.handler(record).undoes:
        return None
    if record.status is StepStatus.WAITING and record.step.kind in ON_TOKEN:
        return _hear_workstation(journey, record, given_up=given_up)
    if record.status is not StepStatus.INTENDED:
        return None
    verdict = journey.settle(record)
    match verdict:
        case Happened(reply=result):
            journey.log.finish(record, result)
        case Absent():
            journey.log.retry_step(record)
        case Accepted(waiting=waiting):
            return journey.log.park(record, waiting, accepted=True)
        case Refused():
            journey.log.refuse(record, verdict.why)
        case Unknown():
            return None if given_up else journey.ask(record, verdict)
        case _:
            assert_never(verdict)
    return None


def _hear_workstation(journey: Journey, record: StepRecord, *, given_up: bool) -> UpdateStatus | None:
    """What a workstation was told to take away it may take away still: its word is waited for, unless that is given up.

    An order that nobody has yet is not given any more once this was asked.
    """
    verdict = journey.settle(record)
    if isinstance(verdict, Happened):
        journey.log.finish(record, verdict.reply)
    elif isinstance(verdict, Accepted) and not given_up:
        return journey.log.park(record, verdict.waiting, accepted=True)
    return None


def _pay_what_is_owed(journey: Journey) -> UpdateStatus | None:
    """Revoke what items done before took off the token: no later plan would know of it."""
    log = journey.log
    while (record := log.owed()) is not None:
        if (ended := take(journey, record)) is not None:
            return ended
    return None


def _undo(journey: Journey, record: StepRecord, *, given_up: bool) -> UpdateStatus | None:
    log = journey.log
    handler = journey.handler(record)
    if record.status is not StepStatus.UNDOING:
        record = log.intend_undo(record)
    left = handler.left_behind(record.step, journey.context)
    if log.hopeless:
        log.finish_undo(record, left, owed=handler.owes)
        return None
    journey.still_ours()
    outcome = handler.undo(record.step, journey.context)
    log.at(Boundary.AFTER_EFFECT, record)
    if handler.owes and log.given_up and not isinstance(outcome, Done):
        log.finish_undo(record, left, owed=True)
        return None
    return _write_down(journey, record, outcome, given_up=given_up)


def _write_down(
    journey: Journey, record: StepRecord, outcome: Outcome[Facts], *, given_up: bool
) -> UpdateStatus | None:
    log, handler = journey.log, journey.handler(record)
    left = handler.left_behind(record.step, journey.context)
    match outcome:
        case Done(reply=facts):
            log.finish_undo(record, facts)
        case Waiting(whom=whom) if given_up and left and whom in GIVES_UP:
            log.finish_undo(record, left)
        case Waiting() as waiting:
            return log.park(record, waiting, accepted=False)
        case Refused(permanent=True) if record.settled:
            log.finish_undo(record, handler.gone(record.step, journey.context))  # a person saw it
        case Refused(permanent=True) if log.given_up:
            log.finish_undo(record, left)
        case Refused(permanent=True):
            return log.get_stuck(record.seq, outcome.why)
        case Refused():
            if not (given_up and left and outcome.whom in GIVES_UP):
                return journey.wait(record, outcome)
            log.finish_undo(record, left)
        case _:
            assert_never(outcome)
    return None
