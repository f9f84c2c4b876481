"""Telling another product of the device, or that it is gone."""

from abc import abstractmethod

from portal.domain.facts import DeviceRegistered, DeviceWithdrawn, Fact
from portal.domain.outcomes import Absent, Done, Happened, Outcome, Refused, Unknown
from portal.domain.policy import Register
from portal.domain.troubles import Trouble, why
from portal.domain.update_steps import Step
from portal.ports.device_register import DeviceRegister, RegisterOrder
from portal.services.step_context import StepContext, StepResult, Verdict
from portal.services.steps.base import Handler


class RegisterHandler(Handler):
    """What registering and withdrawing share: both are idempotent by the device's serial number."""

    @abstractmethod
    def facts(self, step: Step) -> tuple[Fact, ...]:
        """What becomes true."""
        ...

    @abstractmethod
    def tell(self, register: DeviceRegister, order: RegisterOrder) -> Outcome[str]:
        """What is told."""
        ...

    def carry_out(self, step: Step, context: StepContext) -> Outcome[StepResult]:
        """Tell the register."""
        register = _register(step, context)
        if isinstance(register, Refused):
            return register
        outcome = self.tell(register, _order(step, context))
        return Done(StepResult({}, self.facts(step))) if isinstance(outcome, Done) else outcome

    def look_up(self, step: Step, ticket: str, context: StepContext) -> Outcome[StepResult]:
        """A register that took its time is simply told again."""
        return self.carry_out(step, context)

    def told(self, step: Step, context: StepContext) -> Verdict:
        """A person looked into the register."""
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

    def facts(self, step: Step) -> tuple[Fact, ...]:
        """The register knows the device."""
        return (DeviceRegistered(_kind(step)),)

    def tell(self, register: DeviceRegister, order: RegisterOrder) -> Outcome[str]:
        """Register it."""
        return register.register(order)

    def effect_of(self, step: Step, context: StepContext) -> Verdict:
        """Known means done."""
        known = self.known(step, context)
        if isinstance(known, Unknown):
            return known
        return Happened(StepResult({}, self.facts(step))) if known else Absent()

    def undo(self, step: Step, context: StepContext) -> Outcome[tuple[Fact, ...]]:
        """Withdraw it, unless the register never knew it."""
        register = _register(step, context)
        if isinstance(register, Refused):
            return register
        if self.known(step, context) is False:
            return Done(self.gone(step, context))
        outcome = register.withdraw(_order(step, context))
        return Done(self.gone(step, context)) if isinstance(outcome, Done) else outcome

    def gone(self, step: Step, context: StepContext) -> tuple[Fact, ...]:
        """The register does not know the device."""
        return (DeviceWithdrawn(_kind(step)),)


class WithdrawDevice(RegisterHandler):
    """Makes the device unknown."""

    def facts(self, step: Step) -> tuple[Fact, ...]:
        """The register does not know the device."""
        return (DeviceWithdrawn(_kind(step)),)

    def tell(self, register: DeviceRegister, order: RegisterOrder) -> Outcome[str]:
        """Withdraw it."""
        return register.withdraw(order)

    def effect_of(self, step: Step, context: StepContext) -> Verdict:
        """Unknown to the register means done."""
        known = self.known(step, context)
        if isinstance(known, Unknown):
            return known
        return Absent() if known else Happened(StepResult({}, self.facts(step)))


def _kind(step: Step) -> Register:
    if step.register is None:
        raise ValueError(step.kind)
    return step.register


def _register(step: Step, context: StepContext) -> DeviceRegister | Refused:
    kind = _kind(step)
    register = context.outside.registers.get(kind)
    return register or Refused(why(Trouble.REGISTER_UNAVAILABLE, kind.value), permanent=False)


def _order(step: Step, context: StepContext) -> RegisterOrder:
    return RegisterOrder(step.order_id, context.serial, context.login)
