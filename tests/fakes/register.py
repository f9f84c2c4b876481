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
        return self.nature.after("register.withdraw") or Done(order.serial)

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
