"""Setting the user PIN: by the old one, or by the administrator's. Neither PIN is written down anywhere."""

from contextlib import suppress
from typing import Final

from portal.domain.errors import OutsideUnavailable
from portal.domain.outcomes import Absent, Done, Happened, Outcome, Refused, Unknown
from portal.domain.troubles import Trouble, why
from portal.domain.update_steps import Step, StepKind
from portal.ports.token import ChangePin as ChangeOrder
from portal.ports.token import Pin, ReadContents
from portal.ports.token import ResetPin as ResetOrder
from portal.services.step_context import StepContext, StepResult, Verdict
from portal.services.steps.base import Handler

#: In these runs the PIN is set on the token, not tried on it.
SETS_PIN: Final = frozenset({StepKind.RESET_PIN, StepKind.INIT_TOKEN})
DONE = StepResult({})
LOST = Refused(why(Trouble.NEW_PIN_LOST), permanent=True)


class ChangePin(Handler):
    """The old PIN is used once: its ticket ends before the token is told the new one.

    So no machine ever guesses which of the two is in force after a crash.
    """

    def carry_out(self, step: Step, context: StepContext) -> Outcome[StepResult]:
        """Set the new PIN."""
        new = context.new_pin()
        if new is None:
            return LOST
        outcome = context.gateway().carry_out(ChangeOrder(new))
        if not isinstance(outcome, Done):
            return outcome
        _in_force(new, context)
        return Done(DONE)

    def effect_of(self, step: Step, context: StepContext) -> Verdict:
        """The PIN a person opened the token with is the one in force; without the new one only he can tell which."""
        new = context.new_pin()
        if new is None:
            return _opened(context)
        effect = context.gateway().effect_of(ChangeOrder(new))
        if not isinstance(effect, Happened):
            return effect
        _in_force(new, context)
        return Happened(DONE)

    def told(self, step: Step, context: StepContext) -> Verdict:
        """A person signed in with the new PIN."""
        return Happened(DONE)


def _in_force(pin: Pin, context: StepContext) -> None:
    """The token may have refused this very PIN before; a stale note of that costs a question, not a try."""
    with suppress(OutsideUnavailable):
        context.outside.tickets.forget_refused(context.serial, pin)


def _opened(context: StepContext) -> Verdict:
    outcome = context.gateway().carry_out(ReadContents())
    match outcome:
        case Done():
            return LOST
        case Refused():
            return Unknown(outcome.why, None if outcome.permanent else outcome.whom)
        case waiting:
            return Unknown(waiting.why, waiting.whom)


class ResetPin(Handler):
    """The run's own PIN becomes the user PIN; setting it twice is setting it once."""

    def carry_out(self, step: Step, context: StepContext) -> Outcome[StepResult]:
        """Set it, unless the token refused this administrator PIN before."""
        so_pin = so_pin_of(context)
        if isinstance(so_pin, Refused):
            return so_pin
        outcome = context.gateway().carry_out(ResetOrder(so_pin))
        remember(outcome, so_pin, context)
        return Done(DONE) if isinstance(outcome, Done) else outcome

    def effect_of(self, step: Step, context: StepContext) -> Verdict:
        """Nobody can look: it is set again."""
        return Absent()

    def told(self, step: Step, context: StepContext) -> Verdict:
        """A person signed in with the PIN."""
        return Happened(DONE)


def so_pin_of(context: StepContext) -> Pin | Refused:
    """The administrator PIN the vault keeps, unless this token refused it before."""
    so_pin = context.outside.so_pins.open(context.serial)
    if so_pin is None:
        return Refused(why(Trouble.SO_PIN_MISSING), permanent=True)
    if context.outside.tickets.was_refused(context.serial, so_pin):
        return Refused(why(Trouble.SO_PIN_REFUSED), permanent=True)
    return so_pin


def remember(outcome: Outcome[object], so_pin: Pin, context: StepContext) -> None:
    """An administrator PIN the token refused is never sent to it again: its tries are few and lost for ever."""
    if isinstance(outcome, Refused) and outcome.why.trouble is Trouble.SO_PIN_REFUSED:
        context.outside.tickets.remember_refused(context.serial, so_pin)
    so_pin.wipe()
