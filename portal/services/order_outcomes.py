"""What came of an order, as rows: in one short transaction after it was told."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select, update

from portal.db import register_book
from portal.db.findings import hold_devices
from portal.db.models import (
    Certificate,
    Device,
    DeviceOperation,
    DeviceOrder,
    OrderKind,
    OrderStatus,
    Person,
)
from portal.domain import codec
from portal.domain.audit import AuditTag
from portal.domain.certificate import Revocation
from portal.domain.ids import DeviceId, OperationId
from portal.domain.outcomes import Done, Outcome, Refused
from portal.domain.policy import Register
from portal.domain.troubles import Why
from portal.services.audit import record
from portal.services.order_telling import Order

#: Who the audit log names for what a worker did by itself.
WORKER: Final = "worker"
_STANDS: Final = {
    OrderKind.HOLD: Revocation.ON_HOLD,
    OrderKind.RELEASE: Revocation.GOOD,
    OrderKind.REVOKE: Revocation.REVOKED,
}
_PENDING: Final = (
    select(*(DeviceOrder.id, DeviceOrder.kind, DeviceOrder.target, DeviceOrder.serial, DeviceOrder.reason))
    .add_columns(Device.serial.label("device"), Person.login)
    .join(DeviceOperation, DeviceOperation.id == DeviceOrder.operation_id)
    .join(Device, Device.id == DeviceOperation.device_id)
    .outerjoin(Person, Person.id == Device.holder_id)
    .where(DeviceOrder.status == OrderStatus.PENDING)
    .order_by(DeviceOrder.id)
)


def pending_orders(connection: Connection, operation: OperationId) -> tuple[Order, ...]:
    """What is still to be told for this operation."""
    rows = connection.execute(_PENDING.where(DeviceOrder.operation_id == operation))
    return tuple(
        Order(row.id, row.kind, row.target, row.serial, row.reason, row.device, row.login or "") for row in rows
    )


def write_outcome(
    connection: Connection, order: Order, *, device: DeviceId, outcome: Outcome[object], now: datetime
) -> None:
    """Write down what was answered; an order that may still succeed stays pending, with the reason it did not."""
    if order.kind.of_register:
        hold_devices(connection, [device])
    match outcome:
        case Done():
            counts = _close(connection, order, now, status=OrderStatus.DONE)
            _make_true(connection, device, order, now, counts=counts)
            _note(connection, device, order, now, tag=AuditTag.DEVICE_ORDER_DONE)
        case Refused(permanent=True):
            counts = _close(connection, order, now, status=OrderStatus.REFUSED, why=codec.to_json(outcome.why))
            _behind(connection, device, order, now, status=OrderStatus.REFUSED if counts else None, why=outcome.why)
            _note(connection, device, order, now, tag=AuditTag.DEVICE_ORDER_REFUSED, why=outcome.why)
        case _:
            again = update(DeviceOrder).where(DeviceOrder.id == order.id, DeviceOrder.status == OrderStatus.PENDING)
            counts = connection.execute(again.values(why=codec.to_json(outcome.why))).rowcount == 1
            _behind(connection, device, order, now, status=OrderStatus.PENDING if counts else None, why=outcome.why)


def _make_true(connection: Connection, device: DeviceId, order: Order, now: datetime, *, counts: bool) -> None:
    """What an authority did, it did; what a register was told only counts if nobody had another wish meanwhile."""
    if order.kind in _STANDS:
        mine = (Certificate.ca == order.target, Certificate.serial == order.serial)
        connection.execute(update(Certificate).where(*mine).values(revocation=_STANDS[order.kind]))
        connection.execute(update(Device).where(Device.id == device).values(next_check_at=now))
    elif counts:
        register_book.took(connection, _word(device, order, OrderStatus.DONE), now)


def _behind(
    connection: Connection, device: DeviceId, order: Order, now: datetime, *, status: OrderStatus | None, why: Why
) -> None:
    """A register that did not take it; what was to be told to it afterwards is left alone once it refused."""
    if status is None or not order.kind.of_register:
        return
    register_book.note(connection, replace(_word(device, order, status), why=why), now, order=order.id)
    if status is OrderStatus.REFUSED:
        beside = select(DeviceOrder.operation_id).where(DeviceOrder.id == order.id).scalar_subquery()
        later = (DeviceOrder.operation_id == beside, DeviceOrder.target == order.target, DeviceOrder.id > order.id)
        connection.execute(update(DeviceOrder).where(*later).values(status=OrderStatus.SUPERSEDED))


def _word(device: DeviceId, order: Order, status: OrderStatus) -> register_book.Word:
    return register_book.Word(device, Register(order.target), order.kind, status)


def _close(connection: Connection, order: Order, now: datetime, **values: Any) -> bool:
    """Whether it counts: one that was overtaken meanwhile stays so."""
    mine = update(DeviceOrder).where(DeviceOrder.id == order.id, DeviceOrder.status == OrderStatus.PENDING)
    return connection.execute(mine.values(done_at=now, **values)).rowcount == 1


def _note(
    connection: Connection, device: DeviceId, order: Order, now: datetime, *, tag: AuditTag, why: Why | None = None
) -> None:
    said = {"order": order.kind.value, "target": order.target, "serial": order.serial, "reason": order.reason}
    if why is not None:
        said["trouble"] = why.trouble.value
    told = {name: value for name, value in said.items() if value}
    record(connection, tag, actor=WORKER, subject=f"device:{device}", now=now, **told)
