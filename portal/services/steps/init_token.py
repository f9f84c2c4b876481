"""Initialising a token: wiped, named, with an administrator PIN that was sealed before it is set."""

from portal.domain.facts import TokenInitialized
from portal.domain.outcomes import Absent, Done, Happened, Outcome, Refused
from portal.domain.update_steps import Step
from portal.ports.token import InitToken as InitOrder
from portal.services.step_context import StepContext, StepResult, Verdict
from portal.services.steps.base import Handler
from portal.services.steps.set_pin import remember, so_pin_of

DONE = StepResult({}, (TokenInitialized(),))


class InitToken(Handler):
    """Wiping what was wiped changes nothing: after a crash it is simply done again."""

    def carry_out(self, step: Step, context: StepContext) -> Outcome[StepResult]:
        """Wipe it, unless it carries something else than the plan was made from."""
        so_pin = so_pin_of(context)
        if isinstance(so_pin, Refused):
            return so_pin
        upcoming, doubtful = context.outside.so_pins.upcoming(context.serial)
        order = InitOrder(step.label, step.content_hash, so_pin, upcoming, doubtful)
        outcome = context.gateway().carry_out(order)
        remember(outcome, so_pin, context)
        return Done(DONE) if isinstance(outcome, Done) else outcome

    def effect_of(self, step: Step, context: StepContext) -> Verdict:
        """Nobody can look: it is done again."""
        return Absent()

    def told(self, step: Step, context: StepContext) -> Verdict:
        """A person looked at the token."""
        return Happened(DONE)
