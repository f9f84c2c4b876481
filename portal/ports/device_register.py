"""Another product that must know of a device."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique
from typing import Protocol

from portal.domain.outcomes import Effect, Outcome
from portal.domain.policy import Register


@unique
class DeviceCondition(StrEnum):
    """What a register is to think of a device it knows."""

    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class RegisteredCertificate:
    """A certificate on the device: ``serial`` in hex, ``thumbprint`` is SHA-256 of its DER in hex, all lower case."""

    serial: str
    thumbprint: str
    not_after: datetime
    subject: str = ""


@dataclass(frozen=True, slots=True)
class RegisterOrder:
    """Tell a register of a device, or that it is gone. ``order_id`` never changes on a retry.

    ``serial`` names the device for life, here and there. ``login``, ``owner_name`` and ``directory_id`` (objectGUID or
    entryUUID, empty for somebody no directory brought) tell whose it is. ``condition`` is what ``register`` is to
    leave it in; the other calls say theirs by their names. Nothing here is secret, and a PIN is never among it.
    """

    order_id: str
    serial: str
    login: str
    owner_name: str = ""
    directory_id: str = ""
    model: str = ""
    certificates: tuple[RegisteredCertificate, ...] = ()
    condition: DeviceCondition = DeviceCondition.ACTIVE


class DeviceRegister(Protocol):
    """Every call is idempotent by device serial."""

    def register(self, order: RegisterOrder) -> Outcome[str]:
        """Make the device known as the order describes it, also when it was known otherwise.

        The reply is the register's own id of the device. Waiting when the register takes its time: tell it again.
        """
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
