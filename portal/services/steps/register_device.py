"""Telling another product of the device, or that it is gone.

A register that does not take it holds nothing up: the step ends, and what is owed is told again apart from the update,
which needs neither the token nor its PIN for that. Telling it twice does no harm.
"""

from abc import abstractmethod
from typing import Final

from portal.domain.facts import DeviceRegistered, DeviceWithdrawn, Fact, RegisterOwed
from portal.domain.outcomes import Absent, Done, Happened, Outcome, Refused, Unknown, Waiting
from portal.domain.policy import Register
from portal.domain.troubles import Trouble, Why, why
from portal.domain.update_steps import Step
from portal.ports.device_register import DeviceRegister, RegisterOrder
from portal.services.step_context import StepContext, StepResult, Verdict
from portal.services.steps.base import Handler

#: In the reply of a step: why the register is told again after the update.
OWED: Final = "owed"


class RegisterHandler(Handler):
    """What registering and withdrawing share: both are idempotent by the device's serial number."""

    #: whether the register shall know the device
    on: bool

    @abstractmethod
    def facts(self, step: Step) -> tuple[Fact, ...]:
        """What becomes true."""
        ...

    @abstractmethod
    def tell(self, register: DeviceRegister, order: RegisterOrder) -> Outcome[str]:
        """What is told."""
        ...

    def carry_out(self, step: Step, context: StepContext) -> Outcome[StepResult]:
        """Tell the register; what it does not take is owed."""
        return Done(self.tell_it(step, context))

    def tell_it(self, step: Step, context: StepContext) -> StepResult:
        """Told, or owed."""
        register = _register(step, context)
        outcome = register if isinstance(register, Refused) else self.tell(register, _order(step, context))
        if isinstance(outcome, Done):
            return StepResult({}, self.facts(step))
        return _owed(step, outcome, on=self.on)

    def look_up(self, step: Step, ticket: str, context: StepContext) -> Outcome[StepResult]:
        """A register that took its time is simply told again."""
        return self.carry_out(step, context)

    def told(self, step: Step, context: StepContext) -> Verdict:
        """A person looked into the register."""
        return Happened(StepResult({}, self.facts(step)))

    def effect_of(self, step: Step, context: StepContext) -> Verdict:
        """As it shall be means done; a register that does not say is told again apart from the update."""
        known = self.known(step, context)
        if isinstance(known, Unknown):
            return Happened(_owed(step, Refused(known.why, permanent=False), on=self.on))
        return self.as_it_shall_be(step, context) if known is self.on else Absent()

    def as_it_shall_be(self, step: Step, context: StepContext) -> Verdict:
        """The register knows the device, or does not, as the step wants it."""
        return Happened(StepResult({}, self.facts(step)))

    def known(self, step: Step, context: StepContext) -> bool | Unknown:
        """Whether the register knows the device."""
        register = _register(step, context)
        if isinstance(register, Refused):
            return Unknown(register.why, register.whom)
        effect = register.known(context.serial)
        return effect if isinstance(effect, Unknown) else isinstance(effect, Happened)


class RegisterDevice(RegisterHandler):
    """Makes the device known."""

    undoes = True
    on = True

    def facts(self, step: Step) -> tuple[Fact, ...]:
        """The register knows the device."""
        return (DeviceRegistered(_kind(step)),)

    def tell(self, register: DeviceRegister, order: RegisterOrder) -> Outcome[str]:
        """Register it."""
        return register.register(order)

    def as_it_shall_be(self, step: Step, context: StepContext) -> Verdict:
        """Known it may be since before, with certificates it no longer has: it is told again how it is now."""
        return Happened(self.tell_it(step, context))

    def undo(self, step: Step, context: StepContext) -> Outcome[tuple[Fact, ...]]:
        """Withdraw it, unless the register never knew it; what it does not take is owed here, too."""
        register = _register(step, context)
        if not isinstance(register, Refused) and self.known(step, context) is False:
            return Done(self.gone(step, context))
        outcome = register if isinstance(register, Refused) else register.withdraw(_order(step, context))
        if isinstance(outcome, Done):
            return Done(self.gone(step, context))
        return Done(_owed(step, outcome, on=False).facts)

    def gone(self, step: Step, context: StepContext) -> tuple[Fact, ...]:
        """The register does not know the device."""
        return (DeviceWithdrawn(_kind(step)),)


class WithdrawDevice(RegisterHandler):
    """Makes the device unknown."""

    on = False

    def facts(self, step: Step) -> tuple[Fact, ...]:
        """The register does not know the device."""
        return (DeviceWithdrawn(_kind(step)),)

    def tell(self, register: DeviceRegister, order: RegisterOrder) -> Outcome[str]:
        """Withdraw it."""
        return register.withdraw(order)


def _kind(step: Step) -> Register:
    if step.register is None:
        raise ValueError(step.kind)
    return step.register


def _owed(step: Step, outcome: Refused | Waiting, *, on: bool) -> StepResult:
    refused = isinstance(outcome, Refused) and outcome.permanent
    reason: Why = outcome.why
    return StepResult({OWED: reason.trouble.value}, (RegisterOwed(_kind(step), on, reason, refused),))


def _register(step: Step, context: StepContext) -> DeviceRegister | Refused:
    kind = _kind(step)
    register = context.outside.registers.get(kind)
    return register or Refused(why(Trouble.REGISTER_UNAVAILABLE, kind.value), permanent=False)


def _order(step: Step, context: StepContext) -> RegisterOrder:
    return context.outside.describe.order(step.order_id, context.serial, context.login)
