"""Another product that must know of a device."""

from dataclasses import dataclass
from typing import Protocol

from portal.domain.outcomes import Effect, Outcome
from portal.domain.policy import Register


@dataclass(frozen=True, slots=True)
class RegisterOrder:
    """Tell a register of a device, or that it is gone. ``order_id`` never changes on a retry."""

    order_id: str
    serial: str
    login: str


class DeviceRegister(Protocol):
    """Every call is idempotent by device serial."""

    def register(self, order: RegisterOrder) -> Outcome[str]:
        """Make the device known; the reply is the register's own id of it."""
        ...

    def withdraw(self, order: RegisterOrder) -> Outcome[str]:
        """Make the device unknown; withdrawing what is not known is Done."""
        ...

    def suspend(self, order: RegisterOrder) -> Outcome[str]:
        """Make the device inactive; suspending what is not known is Done."""
        ...

    def resume(self, order: RegisterOrder) -> Outcome[str]:
        """Make the device active again; resuming what is not known is Done."""
        ...

    def active(self, serial: str) -> Effect[str]:
        """Whether the register knows the device as active: Happened (its id) or Absent."""
        ...

    def known(self, serial: str) -> Effect[str]:
        """Whether the register knows the device: Happened (its id) or Absent."""
        ...


class DeviceRegisters(Protocol):
    """The configured registers by kind."""

    def get(self, kind: Register) -> DeviceRegister | None:
        """The register of this kind, or None when none is configured."""
        ...
