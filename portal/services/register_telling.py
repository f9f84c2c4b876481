"""Registers that have not taken what they were told: told again at once, or settled by a person who looked there."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from portal.db import register_book
from portal.db.base import AnyRow
from portal.db.findings import hold_devices
from portal.db.models import DeviceOperation, DeviceOrder, OrderStatus, RegisterResult
from portal.db.transaction import Database
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict
from portal.domain.ids import DeviceId, OperationId
from portal.domain.policy import Register
from portal.ports.clock import Clock
from portal.ports.queue import OperationQueue
from portal.services.audit import record


@dataclass(frozen=True, slots=True)
class RegisterTelling:
    """What people do about a register that is behind."""

    database: Database
    clock: Clock
    queue: OperationQueue

    def repeat(self, device: DeviceId, register: Register, *, actor: str) -> OperationId | None:
        """Have it told now: what waits is woken, what was refused is told anew; None when it has taken it meanwhile."""
        now = self.clock.now()
        with self.database.begin() as connection:
            row = _behind(connection, device, register)
            if row is None:
                return None
            word = register_book.Word(device, register, row.kind)
            waits = None if row.status is OrderStatus.REFUSED else _woken(connection, row.order_id, now)
            number, attempt = waits or (register_book.owe(connection, word, now, actor=actor), 0)
            self._note(connection, AuditTag.DEVICE_REGISTER_REPEATED, word, actor)
        self.queue.carry_operation(number, attempt)
        return number

    def settle(self, device: DeviceId, register: Register, *, actor: str) -> None:
        """Somebody has looked there, and it is as it shall be; Conflict ``register_settled`` when it was told."""
        with self.database.begin() as connection:
            row = _behind(connection, device, register)
            if row is None:
                raise Conflict("register_settled", register=register.value)
            word = register_book.Word(device, register, row.kind, OrderStatus.DONE)
            register_book.drop(connection, word, self.clock.now())
            register_book.took(connection, word, self.clock.now())
            self._note(connection, AuditTag.DEVICE_REGISTER_SETTLED, word, actor)

    def _note(self, connection: Connection, tag: AuditTag, word: register_book.Word, actor: str) -> None:
        said = {"target": word.register.value, "order": word.kind.value}
        record(connection, tag, actor=actor, subject=f"device:{word.device}", now=self.clock.now(), **said)


def _behind(connection: Connection, device: DeviceId, register: Register) -> AnyRow | None:
    hold_devices(connection, [device])
    own = RegisterResult
    query = select(own.kind, own.status, own.order_id).where(own.device_id == device, own.register == register)
    return connection.execute(query.where(own.status != OrderStatus.DONE)).one_or_none()


def _woken(connection: Connection, order: int | None, now: datetime) -> tuple[OperationId, int] | None:
    """The operation that still tells it, and how often it was taken up; None without one, or when it was overtaken."""
    beside = (DeviceOperation, DeviceOperation.id == DeviceOrder.operation_id)
    query = select(DeviceOperation.id, DeviceOperation.attempts).select_from(DeviceOrder).join(*beside)
    row = connection.execute(
        query.where(DeviceOrder.id == order, DeviceOrder.status == OrderStatus.PENDING)
    ).one_or_none()
    if row is None:
        return None
    connection.execute(update(DeviceOperation).where(DeviceOperation.id == row.id).values(wake_at=now))
    return OperationId(row.id), row.attempts
