"""What going forward and going back share: the log, the handlers, and what to do when the world does not answer."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.domain.outcomes import Absent, Outcome, Refused, Unknown, WaitingFor
from portal.domain.troubles import Why
from portal.domain.update_state import UpdateStatus
from portal.domain.update_steps import StepKind
from portal.ports.journal import StepRecord
from portal.services.lease import LeaseCheck
from portal.services.patience import wait_for
from portal.services.pin_source import RunPins
from portal.services.run_log import RunLog
from portal.services.step_context import StepContext, StepHandler, StepResult, Verdict

#: How a step may end for now: an outcome of acting, or a verdict on what happened before a crash.
Ending = Outcome[StepResult] | Verdict


@dataclass(frozen=True, slots=True)
class Journey:
    """One run under way."""

    log: RunLog
    context: StepContext
    handlers: Mapping[StepKind, StepHandler]
    pins: RunPins
    still_ours: LeaseCheck

    def handler(self, record: StepRecord) -> StepHandler:
        """The handler of the record's step."""
        return self.handlers[record.step.kind]

    def settle(self, record: StepRecord) -> Verdict:
        """Ask the world whether a step in doubt took effect; a person's word counts when the world is silent."""
        handler = self.handler(record)
        verdict = handler.effect_of(record.step, self.context)
        if not isinstance(verdict, Unknown) or record.settled is None:
            return verdict
        return handler.told(record.step, self.context) if record.settled else Absent()

    def wait(self, record: StepRecord, refused: Refused) -> UpdateStatus:
        """Park: it may go on later, and the step stays as it is."""
        return self._park(record, refused.whom, refused.why)

    def ask(self, record: StepRecord, unknown: Unknown) -> UpdateStatus:
        """Park until somebody can tell; get stuck when only a person can."""
        if unknown.whom is None:
            return self.log.get_stuck(record.seq, unknown.why)
        return self._park(record, unknown.whom, unknown.why)

    def _park(self, record: StepRecord, whom: WaitingFor, why: Why) -> UpdateStatus:
        if whom is WaitingFor.PIN:  # also when the token refused to be tried at all
            self.pins.end()
        now = self.context.outside.clock.now()
        waiting = wait_for(whom, self.pins.explain(why), record.why, now)
        return self.log.park(record, waiting, accepted=False)
