"""What came of an order, as rows: in one short transaction after it was told."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, select, update

from portal.db.models import (
    Certificate,
    Device,
    DeviceOperation,
    DeviceOrder,
    OrderKind,
    OrderStatus,
    Person,
    Registration,
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
    match outcome:
        case Done():
            _make_true(connection, device, order, now)
            _close(connection, order, now, status=OrderStatus.DONE)
            _note(connection, device, order, now, tag=AuditTag.DEVICE_ORDER_DONE)
        case Refused(permanent=True):
            _close(connection, order, now, status=OrderStatus.REFUSED, why=codec.to_json(outcome.why))
            _note(connection, device, order, now, tag=AuditTag.DEVICE_ORDER_REFUSED, why=outcome.why)
        case _:
            again = update(DeviceOrder).where(DeviceOrder.id == order.id)
            connection.execute(again.values(why=codec.to_json(outcome.why)))


def _make_true(connection: Connection, device: DeviceId, order: Order, now: datetime) -> None:
    if order.kind in _STANDS:
        mine = (Certificate.ca == order.target, Certificate.serial == order.serial)
        connection.execute(update(Certificate).where(*mine).values(revocation=_STANDS[order.kind]))
        connection.execute(update(Device).where(Device.id == device).values(next_check_at=now))
    elif order.kind is OrderKind.WITHDRAW:
        mine = (Registration.device_id == device, Registration.register == Register(order.target))
        connection.execute(delete(Registration).where(*mine))


def _close(connection: Connection, order: Order, now: datetime, **values: Any) -> None:
    """One that was overtaken meanwhile stays so."""
    mine = update(DeviceOrder).where(DeviceOrder.id == order.id, DeviceOrder.status == OrderStatus.PENDING)
    connection.execute(mine.values(done_at=now, **values))


def _note(
    connection: Connection, device: DeviceId, order: Order, now: datetime, *, tag: AuditTag, why: Why | None = None
) -> None:
    said = {"order": order.kind.value, "target": order.target, "serial": order.serial, "reason": order.reason}
    if why is not None:
        said["trouble"] = why.trouble.value
    told = {name: value for name, value in said.items() if value}
    record(connection, tag, actor=WORKER, subject=f"device:{device}", now=now, **told)
