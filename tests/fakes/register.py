"""A device register in memory."""

from dataclasses import dataclass, field

from portal.domain.outcomes import Absent, Done, Effect, Happened, Outcome, Unknown
from portal.domain.policy import Register
from portal.ports.device_register import DeviceRegister, RegisterOrder
from tests.fakes.nature import Calm, Nature


@dataclass(slots=True)
class FakeRegister:
    """``devices`` are the serial numbers it knows."""

    nature: Nature = field(default_factory=Calm)
    devices: set[str] = field(default_factory=set)
    inactive: set[str] = field(default_factory=set)

    def register(self, order: RegisterOrder) -> Outcome[str]:
        trouble = self.nature.before("register.register")
        if trouble is not None:
            return trouble
        self.devices.add(order.serial)
        return self.nature.after("register.register") or Done(order.serial)

    def withdraw(self, order: RegisterOrder) -> Outcome[str]:
        trouble = self.nature.before("register.withdraw")
        if trouble is not None:
            return trouble
        self.devices.discard(order.serial)
        self.inactive.discard(order.serial)
        return self.nature.after("register.withdraw") or Done(order.serial)

    def suspend(self, order: RegisterOrder) -> Outcome[str]:
        trouble = self.nature.before("register.suspend")
        if trouble is not None:
            return trouble
        self.inactive |= {order.serial} & self.devices
        return self.nature.after("register.suspend") or Done(order.serial)

    def resume(self, order: RegisterOrder) -> Outcome[str]:
        trouble = self.nature.before("register.resume")
        if trouble is not None:
            return trouble
        self.inactive.discard(order.serial)
        return self.nature.after("register.resume") or Done(order.serial)

    def active(self, serial: str) -> Effect[str]:
        effect = self.known(serial)
        return Absent() if serial in self.inactive and isinstance(effect, Happened) else effect

    def known(self, serial: str) -> Effect[str]:
        trouble = self.nature.before("register.known")
        if trouble is not None:
            return Unknown(trouble.why, trouble.whom)
        return Happened(serial) if serial in self.devices else Absent()


@dataclass(slots=True)
class FakeRegisters:
    """The registers that are configured."""

    by_kind: dict[Register, DeviceRegister]

    def get(self, kind: Register) -> DeviceRegister | None:
        return self.by_kind.get(kind)
