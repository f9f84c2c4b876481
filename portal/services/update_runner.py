"""Carry an update forward from its journal: write down, act, write down.

1. Claim the update; somebody else has it: stop.
2. Take the first step that is not done.
   Pending: commit the intent, then act. In doubt: ask the world. Waiting: look up.
3. Done: commit the outcome with what became true, take the next step.
4. Not now: park, and go on at once if a workstation has reported meanwhile. Nobody can tell: get stuck.
   Refused for good, or a person wants to stop: go back.
5. No step left: complete.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from portal.domain.ids import UpdateId
from portal.domain.troubles import Trouble, Why, why
from portal.domain.update_state import UpdateStatus
from portal.domain.update_steps import StepKind
from portal.ports.journal import LeaseLost, Run, StepRecord, UpdateJournal
from portal.services.boundaries import Observer, nobody
from portal.services.going_forward import go_forward
from portal.services.journey import Journey
from portal.services.lease import HoldLease, trusting
from portal.services.pin_source import RunPins
from portal.services.run_log import RunLog
from portal.services.step_context import Outside, StepContext, StepHandler
from portal.services.steps.set_pin import SETS_PIN
from portal.services.token_session import TokenSession
from portal.services.unwinding import go_back


@dataclass(frozen=True, slots=True)
class RunnerRules:
    """Who runs, how long a claim holds, and after how many claims without progress a person is asked."""

    owner: str
    lease: timedelta = timedelta(seconds=15)
    attempts: int = 10


class _Stop(NamedTuple):
    """Where a claim ended; ``called`` when there was more to do before it was given up."""

    status: UpdateStatus | None = None
    called: bool = False


@dataclass(frozen=True, slots=True)
class UpdateRunner:
    """Knows the journal, the handlers and the ports; no database, no queue, no token library."""

    journal: UpdateJournal
    handlers: Mapping[StepKind, StepHandler]
    outside: Outside
    rules: RunnerRules
    observe: Observer = field(default=nobody)
    hold: HoldLease = field(default=trusting)

    def advance(self, update: UpdateId) -> UpdateStatus | None:
        """Carry the update as far as it goes now; None when somebody else has it or it is over."""
        stop = _Stop(called=True)
        while stop.called:
            stop = self._claimed(update)
        return stop.status

    def _claimed(self, update: UpdateId) -> _Stop:
        now = self.outside.clock.now()
        run = self.journal.claim(update, owner=self.rules.owner, now=now, lease=self.rules.lease)
        if run is None:
            return _Stop()
        try:
            self._make_up_for_waiting(run, since=now)
            with ExitStack() as stack:
                return self._carry(run, stack)
        except LeaseLost:
            return _Stop()

    def _make_up_for_waiting(self, run: Run, *, since: datetime) -> None:
        """A claim that stood in line for the database has used up its lease: whoever holds it counts from now."""
        now = self.outside.clock.now()
        if now - since > self.rules.lease / 3:
            self.journal.renew(run.claim, now=now, lease=self.rules.lease)

    def _carry(self, run: Run, stack: ExitStack) -> _Stop:
        still_ours = stack.enter_context(self.hold(self.journal, run.claim, self.rules.lease))
        sets = any(record.step.kind in SETS_PIN for record in run.steps)
        pins = RunPins(self.outside.tickets, run.claim.update, run.serial, sets=sets)
        stack.callback(pins.wipe)
        log = RunLog(self._readable(run), self.journal, self.outside.clock, self.observe)
        session = TokenSession(self.outside.desk, run.serial, pins, stack)
        context = StepContext(run.serial, run.login, self.outside, session, log.records, pins.new_pin)
        status = self._move(run, Journey(log, context, self.handlers, pins, still_ours))
        if not status.active:
            pins.end_all()
        return _Stop(status, log.called)

    def _move(self, run: Run, journey: Journey) -> UpdateStatus:
        log = journey.log
        if (unfit := self._unfit(run)) is not None:
            current = log.current()
            return log.get_stuck(current.seq if current else 0, unfit)
        if log.unwinding is None and (ended := go_forward(journey)) is not None:
            return ended
        return go_back(journey)

    def _readable(self, run: Run) -> Run:
        """A run a person gave up goes back through the steps this code knows, and leaves the others as they are."""
        return replace(run, steps=tuple(filter(self._knows, run.steps))) if run.given_up else run

    def _knows(self, record: StepRecord) -> bool:
        handler = self.handlers.get(record.step.kind)
        return handler is not None and handler.version == record.step.version

    def _unfit(self, run: Run) -> Why | None:
        """Why this run must not be touched by a machine."""
        if run.attempts >= self.rules.attempts:
            return why(Trouble.TOO_MANY_ATTEMPTS, attempts=str(run.attempts))
        known = run.known_step_versions and all(map(self._knows, run.steps))
        return None if known or run.given_up else why(Trouble.UNKNOWN_STEP)
