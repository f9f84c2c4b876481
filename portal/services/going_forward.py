"""Forward through the steps of a run until they are done, something waits, or it has to go back."""

from typing import assert_never

from portal.domain.outcomes import Absent, Accepted, Done, Happened, Refused, Unknown, Waiting
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.ports.journal import StepRecord
from portal.services.boundaries import Boundary
from portal.services.journey import Ending, Journey


def go_forward(journey: Journey) -> UpdateStatus | None:
    """Do step after step; None means that the run has to go back."""
    log = journey.log
    while (record := log.current()) is not None:
        if not log.goes_on(record) and log.cancel_requested():
            log.unwind(why(Trouble.CANCELLED))
            return None
        ended = take(journey, record)
        if ended is not None or log.unwinding is not None:
            return ended
    return log.end(UpdateStatus.COMPLETED, None)


def take(journey: Journey, record: StepRecord) -> UpdateStatus | None:
    """One attempt at one step; a status means that the run stops here for now."""
    return _record(journey, record, _ending_of(journey, record))


def _ending_of(journey: Journey, record: StepRecord) -> Ending:
    """Act on a pending step, look up a waiting one, ask the world about one in doubt."""
    handler = journey.handler(record)
    match record.status:
        case StepStatus.WAITING:
            return handler.look_up(record.step, record.ticket, journey.context)
        case StepStatus.INTENDED if not journey.log.goes_on(record):
            return journey.settle(record)
        case StepStatus.INTENDED:
            return _act(journey, record)
        case _:
            return _act(journey, journey.log.intend(record))


def _act(journey: Journey, record: StepRecord) -> Ending:
    """The intent is committed: touch the world."""
    journey.still_ours()
    outcome = journey.handler(record).carry_out(record.step, journey.context)
    journey.log.at(Boundary.AFTER_EFFECT, record)
    return outcome


def _record(journey: Journey, record: StepRecord, ending: Ending) -> UpdateStatus | None:
    """Write down how it ended; a status means that the run stops here for now."""
    log = journey.log
    match ending:
        case Done(reply=result) | Happened(reply=result):
            log.finish(record, result)
        case Absent():
            log.retry_step(record)
        case Waiting() as waiting:
            return log.park(record, waiting, accepted=True)
        case Accepted(waiting=waiting):
            return log.park(record, waiting, accepted=True)
        case Refused(permanent=True):
            log.refuse(record, ending.why)
        case Refused(asked=False) if record.status is not StepStatus.WAITING:
            log.retry_step(record)
            return journey.wait(record, ending)
        case Refused():
            return journey.wait(record, ending)
        case Unknown():
            return journey.ask(record, ending)
        case _:
            assert_never(ending)
    return None
