"""Disabling, enabling, revoking and withdrawing a device: written down at once, told to the world by a job."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from portal.db.models import (
    Certificate,
    CertificatePlace,
    DeviceOperation,
    DeviceOrder,
    OrderKind,
    OrderStatus,
    Registration,
)
from portal.db.transaction import Database
from portal.domain.certificate import CertificateKind, Revocation
from portal.domain.device_life import CRL_REASONS, Operation, RevocationReason
from portal.domain.ids import DeviceId, OperationId
from portal.ports.clock import Clock
from portal.ports.queue import OperationQueue
from portal.services.bell import Bell, Ring
from portal.services.device_operations import Told, Wish, begin, write
from portal.services.device_runs import stop_run
from portal.services.reviews import judge

HOLD: Final = "certificateHold"
#: A certificate that was never put on hold, or whose standing the authority has not told yet.
_IN_USE: Final = (Revocation.GOOD, Revocation.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One thing an authority or a register will be told; ``name`` is the certificate's."""

    kind: OrderKind
    target: str
    name: str


@dataclass(frozen=True, slots=True)
class DeviceLife:
    """The verbs of the pages; each is one transaction and a bell. Every one may be asked for twice.

    All raise NotFound, PolicyForbids with the code ``life_…`` when the table does not allow it, and Conflict
    ``device_changed`` when somebody else was first. ``version`` is the one the page showed.
    """

    database: Database
    clock: Clock
    bell: Bell
    queue: OperationQueue

    def disable(self, device: DeviceId, *, actor: str, comment: str = "", version: int | None = None) -> OperationId:
        """Put every valid certificate of the device on hold and make it inactive in the registers."""
        wish = Wish(device, Operation.DISABLE, actor, comment=comment, version=version)
        return self._switch(wish)

    def enable(self, device: DeviceId, *, actor: str, comment: str = "", version: int | None = None) -> OperationId:
        """Take back what ``disable`` did."""
        wish = Wish(device, Operation.ENABLE, actor, comment=comment, version=version)
        return self._switch(wish)

    def revoke(
        self,
        device: DeviceId,
        reason: RevocationReason,
        *,
        actor: str,
        comment: str = "",
        version: int | None = None,
    ) -> OperationId:
        """Revoke every certificate of the device and let the registers forget it; needs no token.

        An update under way is stopped.
        """
        wish = Wish(device, Operation.REVOKE, actor, reason=reason.value, comment=comment, version=version)
        return self._switch(wish)

    def preview(self, device: DeviceId, operation: Operation) -> tuple[Foreseen, ...]:
        """What the world would be told now, with the names people know the certificates by."""
        wish = Wish(device, operation, "", reason=RevocationReason.LOST.value)
        with self.database.read() as connection:
            told = told_by(connection, wish, self.clock.now())
            query = select(Certificate.serial, Certificate.name).where(Certificate.device_id == device)
            names = {row.serial: row.name for row in connection.execute(query)}
        return tuple(Foreseen(one.kind, one.target, names.get(one.serial, "")) for one in told)

    def withdraw(self, device: DeviceId, *, actor: str, comment: str = "", version: int | None = None) -> OperationId:
        """Take the device from its holder; its history stays."""
        wish = Wish(device, Operation.WITHDRAW, actor, comment=comment, version=version)
        now = self.clock.now()
        with self.database.begin() as connection:
            begun = begin(connection, wish)
            if begun.repeated is not None:
                return begun.repeated
            number = write(connection, wish, begun, now, **RETURNED)
            judge(connection, device, now)
        return number

    def _switch(self, wish: Wish) -> OperationId:
        now, ring = self.clock.now(), None
        with self.database.begin() as connection:
            if wish.operation is Operation.REVOKE:
                ring = stop_run(connection, self.bell, wish.device, actor=wish.actor, now=now)
            begun = begin(connection, wish)
            if begun.repeated is not None:
                return begun.repeated
            number = write(connection, wish, begun, now, orders=told_by(connection, wish, now))
            if wish.operation is Operation.ENABLE:  # the others leave a state that is told instead of reasons
                judge(connection, wish.device, now)
        self._ring(number, ring)
        return number

    def _ring(self, number: OperationId, ring: Ring | None) -> None:
        if ring is not None:
            self.bell.ring(ring)
        self.queue.carry_operation(number, 0)


#: A device that nobody holds answers to no policy.
RETURNED: Final[dict[str, Any]] = {
    "holder_id": None,
    "applied_policy_id": None,
    "applied_policy_version": None,
    "effective_policy_id": None,
    "effective_assignment_id": None,
}


def told_by(connection: Connection, wish: Wish, now: datetime) -> tuple[Told, ...]:
    """Everything the world has to be told for this operation, as far as it is not told yet."""
    registers = _registers(connection, wish.device)
    match wish.operation:
        case Operation.DISABLE:
            held = _certificates(connection, wish.device, _IN_USE, now)
            orders = [Told(OrderKind.HOLD, ca, serial, HOLD) for ca, serial in held]
            return (*orders, *(Told(OrderKind.SUSPEND, name) for name in registers))
        case Operation.ENABLE:
            released = _held_by_us(connection, wish.device)
            orders = [Told(OrderKind.RELEASE, ca, serial) for ca, serial in released]
            return (*orders, *_resumed(connection, wish.device))
        case Operation.REVOKE:
            reason = CRL_REASONS[RevocationReason(wish.reason)]
            standing = (*_IN_USE, Revocation.ON_HOLD)
            revoked = _certificates(connection, wish.device, standing, now)
            orders = [Told(OrderKind.REVOKE, ca, serial, reason) for ca, serial in revoked]
            return (*orders, *(Told(OrderKind.WITHDRAW, name) for name in registers))
        case _:
            return ()


def _certificates(
    connection: Connection, device: DeviceId, standing: tuple[Revocation, ...], now: datetime
) -> list[tuple[str, str]]:
    """Authority and serial number of the certificates in use; an issued one counts before it is written, too."""
    own = Certificate
    query = select(own.ca, own.serial).where(
        own.device_id == device,
        own.kind == CertificateKind.MANAGED,
        own.status != CertificatePlace.REMOVED,
        own.revocation.in_(standing),
        own.not_after > now,
    )
    return [(row.ca, row.serial) for row in connection.execute(query.order_by(own.id))]


def _held_by_us(connection: Connection, device: DeviceId) -> list[tuple[str, str]]:
    """What the last disabling put on hold, or may have; a hold somebody else ordered at the authority stays."""
    last = select(DeviceOperation.id).where(
        DeviceOperation.device_id == device, DeviceOperation.kind == Operation.DISABLE
    )
    query = select(DeviceOrder.target, DeviceOrder.serial).where(
        DeviceOrder.operation_id == last.order_by(DeviceOperation.id.desc()).limit(1).scalar_subquery(),
        DeviceOrder.kind == OrderKind.HOLD,
        DeviceOrder.status != OrderStatus.REFUSED,
    )
    return [(row.target, row.serial) for row in connection.execute(query.order_by(DeviceOrder.id))]


def _resumed(connection: Connection, device: DeviceId) -> list[Told]:
    """A register that never came to know the device is told of it first."""
    query = select(Registration.register, Registration.owed_since).where(Registration.device_id == device)
    told = []
    for row in connection.execute(query.order_by(Registration.register)):
        kinds = (OrderKind.REGISTER, OrderKind.RESUME) if row.owed_since is not None else (OrderKind.RESUME,)
        told += [Told(kind, row.register.value) for kind in kinds]
    return told


def _registers(connection: Connection, device: DeviceId) -> list[str]:
    query = select(Registration.register).where(Registration.device_id == device).order_by(Registration.register)
    return [register.value for register in connection.execute(query).scalars()]
