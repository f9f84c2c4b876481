"""One claimed run: its steps as they stand, every change written to the journal first."""

from dataclasses import replace

from portal.domain.facts import Fact
from portal.domain.outcomes import Waiting
from portal.domain.troubles import Why
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.domain.update_steps import PIVOTS, StepKind
from portal.ports.clock import Clock
from portal.ports.journal import Run, StepRecord, UpdateJournal
from portal.services.boundaries import Boundary, Observer
from portal.services.patience import timed
from portal.services.step_context import StepResult

#: What a step leaves behind that an undo has to look at.
TOUCHED = frozenset({StepStatus.DONE, StepStatus.REFUSED, StepStatus.INTENDED, StepStatus.WAITING, StepStatus.UNDOING})


REMOVING, REVOKING = StepKind.REMOVE_CERTIFICATE, StepKind.REVOKE_CERTIFICATE
OPEN = frozenset({StepStatus.PENDING, StepStatus.INTENDED, StepStatus.WAITING})


class RunLog:
    """Writes down, then remembers; ``records`` never runs ahead of the journal."""

    def __init__(self, run: Run, journal: UpdateJournal, clock: Clock, observe: Observer) -> None:
        # a person's word is about the world as it was: once a claim has acted on it, the world may have changed
        self.records = [_untold(r) for r in run.steps] if run.attempts else list(run.steps)
        self.unwinding = run.unwinding
        self.given_up = run.given_up
        #: given up, and the last try to undo got nowhere: the token is left as it is
        self.hopeless = run.given_up and run.attempts > 0
        self._claim = run.claim
        self._journal = journal
        self._clock = clock
        self._observe = observe
        self._announced = 0
        #: parked, and due again already
        self.called = False

    def current(self) -> StepRecord | None:
        """The first step that is not done, None when all are."""
        return next((r for r in self.records if r.status is not StepStatus.DONE), None)

    def to_undo(self) -> tuple[StepRecord, ...]:
        """Touched steps of the item under way, last first; none once the item's new certificate is proved."""
        current = self.current()
        if current is None or current.step.item < 0:
            return ()
        mine = [r for r in self.records if r.step.item == current.step.item]
        if any(r.step.kind in PIVOTS and r.status is StepStatus.DONE for r in mine):
            return ()
        return tuple(r for r in reversed(mine) if r.status in TOUCHED)

    def owed(self) -> StepRecord | None:
        """A revocation still to be made though the run goes back: its certificate is off the token already."""
        removed = {r.step.item for r in self.records if r.step.kind is REMOVING and r.status is StepStatus.DONE}
        unpaid = (r for r in self.records if r.step.kind is REVOKING and r.status in OPEN)
        return next((r for r in unpaid if r.step.item in removed), None)

    def cancel_requested(self) -> bool:
        """Whether a person asked to stop."""
        return self._journal.cancel_requested(self._claim)

    def at(self, boundary: Boundary, record: StepRecord) -> None:
        """Tell the observer where the run stands."""
        self._observe(boundary, record)

    def intend(self, record: StepRecord) -> StepRecord:
        """Commit the intent before the world is touched."""
        self.at(Boundary.BEFORE_INTENT, record)
        self._journal.intend(self._claim, record.seq, now=self._clock.now())
        return self._intended(record.becomes(StepStatus.INTENDED))

    def goes_on(self, record: StepRecord) -> bool:
        """Whether its intent went in with the outcome before it, so that it may be acted on at once."""
        return record.seq == self._announced

    def finish(self, record: StepRecord, result: StepResult) -> None:
        """Commit the outcome and what became true, and with it the intent of a pending step that comes next.

        One transaction for both spares a token's user half of the waiting for the disk.
        """
        following = self._pending_after(record)
        if following is not None:
            self.at(Boundary.BEFORE_INTENT, following)
        goes_on = self._journal.finish(
            self._claim,
            record.seq,
            reply=result.reply,
            facts=result.facts,
            then=following.seq if following else 0,
            now=self._clock.now(),
        )
        self._finished(record.becomes(StepStatus.DONE, result.reply))
        if goes_on and following is not None:
            self._announced = following.seq
            self._intended(following.becomes(StepStatus.INTENDED))

    def retry_step(self, record: StepRecord) -> None:
        """The world says that nothing happened: the step may be done again."""
        self._journal.retry_step(self._claim, record.seq, now=self._clock.now())
        self._remember(replace(record, status=StepStatus.PENDING, settled=None))

    def park(self, record: StepRecord, waiting: Waiting, *, accepted: bool) -> UpdateStatus:
        """Give the run up until somebody or something moves it on."""
        now = self._clock.now()
        self.called = self._journal.park(self._claim, record.seq, timed(waiting, now), accepted=accepted, now=now)
        return UpdateStatus.WAITING

    def refuse(self, record: StepRecord, why: Why) -> None:
        """The step is refused for good: go back, for this reason unless there is one already."""
        self._journal.refuse(self._claim, record.seq, why, now=self._clock.now())
        self.unwinding = self.unwinding or why
        self._finished(replace(record, status=StepStatus.REFUSED, why=why))

    def unwind(self, why: Why) -> None:
        """Go back though nothing was refused."""
        self._journal.unwind(self._claim, why, now=self._clock.now())
        self.unwinding = why

    def intend_undo(self, record: StepRecord) -> StepRecord:
        """Commit the intent to undo."""
        self.at(Boundary.BEFORE_INTENT, record)
        self._journal.intend_undo(self._claim, record.seq, now=self._clock.now())
        return self._intended(replace(record, status=StepStatus.UNDOING, settled=None))

    def finish_undo(self, record: StepRecord, facts: tuple[Fact, ...], *, owed: bool = False) -> None:
        """Commit that it is gone, or that this is made sure of after the run."""
        self._journal.finish_undo(self._claim, record.seq, facts=facts, now=self._clock.now(), owed=owed)
        self._finished(record.becomes(StepStatus.UNDONE))

    def get_stuck(self, seq: int, why: Why) -> UpdateStatus:
        """Ask a person."""
        self._journal.get_stuck(self._claim, seq, why, now=self._clock.now())
        return UpdateStatus.STUCK

    def end(self, status: UpdateStatus, why: Why | None) -> UpdateStatus:
        """Nothing is left to do."""
        self._journal.end(self._claim, status, why, now=self._clock.now())
        return status

    def _pending_after(self, record: StepRecord) -> StepRecord | None:
        if self.unwinding is not None:  # nothing new is begun, and steps may be missing
            return None
        following = self.records[record.seq] if record.seq < len(self.records) else None
        return following if following is not None and following.status is StepStatus.PENDING else None

    def _intended(self, record: StepRecord) -> StepRecord:
        self._remember(record)
        self.at(Boundary.AFTER_INTENT, record)
        return record

    def _finished(self, record: StepRecord) -> None:
        self._remember(record)
        self.at(Boundary.AFTER_OUTCOME, record)

    def _remember(self, record: StepRecord) -> None:
        place = next(place for place, known in enumerate(self.records) if known.seq == record.seq)
        self.records[place] = record


def _untold(record: StepRecord) -> StepRecord:
    return record if record.settled is None else replace(record, settled=None)
