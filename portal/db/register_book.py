"""What registers outside were told of devices: what came of it, and what is still to be told.

The last word to a register counts. Whoever writes one holds the device, takes back what was to be told before and,
when a worker may be telling just that now, has the new word told again after him.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, and_, delete, insert, select, update

from portal.db.findings import hold_devices
from portal.db.models import (
    Device,
    DeviceOperation,
    DeviceOrder,
    OperationStatus,
    OrderKind,
    OrderStatus,
    RegisterResult,
    Registration,
)
from portal.db.upsert import upsert
from portal.domain import codec
from portal.domain.device import DeviceState
from portal.domain.device_life import Operation
from portal.domain.facts import DeviceRegistered, DeviceWithdrawn, RegisterOwed
from portal.domain.ids import DeviceId, OperationId
from portal.domain.policy import Register
from portal.domain.troubles import Why

#: How long after an update a register is told again for the first time.
SOON: Final = timedelta(seconds=2)
#: Who the operations name that nobody ordered.
WORKER: Final = "worker"
_KINDS: Final = tuple(kind for kind in OrderKind if kind.of_register)


@dataclass(frozen=True, slots=True)
class Word:
    """One thing a register is told of a device, and what came of it."""

    device: DeviceId
    register: Register
    kind: OrderKind
    status: OrderStatus = OrderStatus.PENDING
    why: Why | None = None


def apply(
    connection: Connection, device: DeviceId, fact: DeviceRegistered | DeviceWithdrawn | RegisterOwed, now: datetime
) -> None:
    """Make the rows say what an update brought."""
    if not isinstance(fact, RegisterOwed):
        settled(connection, device, fact.register, now, on=isinstance(fact, DeviceRegistered))
        return
    kind = OrderKind.REGISTER if fact.on else OrderKind.WITHDRAW
    status = OrderStatus.REFUSED if fact.refused else OrderStatus.PENDING
    owed(connection, Word(device, fact.register, kind, status, fact.why), now)


def note(connection: Connection, word: Word, now: datetime, *, order: int | None = None) -> None:
    """Write down how it stands; it is behind since it was first told and not done."""
    own = RegisterResult
    key = {"device_id": word.device, "register": word.register}
    mine = and_(own.device_id == word.device, own.register == word.register)
    before = connection.execute(select(own.kind, own.status, own.since, own.order_id).where(mine)).one_or_none()
    goes_on = before is not None and before.kind is word.kind and before.status is not OrderStatus.DONE
    values: dict[str, Any] = {
        "kind": word.kind,
        "status": word.status,
        "why": codec.to_json(word.why) if word.why else None,
        "since": before.since if before is not None and goes_on else now,
        "told_at": now,
        "order_id": order,
    }
    upsert(connection, own, key, values)


def took(connection: Connection, word: Word, now: datetime) -> None:
    """The register did what it was told by an order."""
    mine = and_(Registration.device_id == word.device, Registration.register == word.register)
    if word.kind is OrderKind.WITHDRAW:
        connection.execute(delete(Registration).where(mine))
    elif word.kind is OrderKind.REGISTER:
        connection.execute(update(Registration).where(mine).values(registered_at=now, owed_since=None))
    note(connection, word, now)


def settled(connection: Connection, device: DeviceId, register: Register, now: datetime, *, on: bool) -> None:
    """The register was told by an update, and took it."""
    hold_devices(connection, [device])
    word = Word(device, register, OrderKind.REGISTER if on else OrderKind.WITHDRAW, OrderStatus.DONE)
    if on and _revoked(connection, device):
        owed(connection, word, now)
        return
    _registration(connection, word, {"registered_at": now, "owed_since": None})
    if _overtake(connection, word, now):
        owe(connection, Word(device, register, word.kind), now)
    else:
        note(connection, word, now)


def owed(connection: Connection, word: Word, now: datetime) -> None:
    """An update told the register and it did not take it; unless it was refused, it is told again.

    A revoked device is not made known any more: whatever the register took of it, it is told to forget it.
    """
    hold_devices(connection, [word.device])
    if word.kind is OrderKind.REGISTER and _revoked(connection, word.device):
        word = Word(word.device, word.register, OrderKind.WITHDRAW)
    _registration(connection, word, {"registered_at": now, "owed_since": now})
    _overtake(connection, word, now)
    if word.status is OrderStatus.REFUSED:
        note(connection, word, now)
    else:
        owe(connection, word, now)


def owe(connection: Connection, word: Word, now: datetime, *, actor: str = WORKER) -> OperationId:
    """Have the register told by an operation of its own."""
    values = {
        "device_id": word.device,
        "kind": Operation.TELL_REGISTERS,
        "ordered_by": actor,
        "ordered_at": now,
        "status": OperationStatus.OPEN,
        "wake_at": now + SOON if actor == WORKER else now,
    }
    number = connection.execute(insert(DeviceOperation).values(values).returning(DeviceOperation.id)).scalar_one()
    order = {"operation_id": number, "kind": word.kind, "target": word.register.value, "status": OrderStatus.PENDING}
    told = connection.execute(insert(DeviceOrder).values(order).returning(DeviceOrder.id)).scalar_one()
    note(connection, word, now, order=told)
    return OperationId(number)


def _revoked(connection: Connection, device: DeviceId) -> bool:
    query = select(Device.id).where(Device.id == device, Device.state == DeviceState.REVOKED)
    return connection.execute(query).first() is not None


def _registration(connection: Connection, word: Word, values: dict[str, Any]) -> None:
    if word.kind is OrderKind.REGISTER:
        upsert(connection, Registration, {"device_id": word.device, "register": word.register}, values)
    else:
        mine = and_(Registration.device_id == word.device, Registration.register == word.register)
        connection.execute(delete(Registration).where(mine))


def drop(connection: Connection, word: Word, now: datetime) -> None:
    """Tell the register nothing of what is still to be told."""
    _overtake(connection, word, now)


def _overtake(connection: Connection, word: Word, now: datetime) -> bool:
    """Take back what was to be told before; whether a worker may be telling it now. A revocation is never overtaken."""
    query = (
        select(DeviceOrder.id, DeviceOperation.lease_until)
        .join(DeviceOperation, DeviceOperation.id == DeviceOrder.operation_id)
        .where(DeviceOperation.device_id == word.device, DeviceOperation.kind != Operation.REVOKE)
        .where(DeviceOrder.status == OrderStatus.PENDING, DeviceOrder.kind.in_(_KINDS))
        .where(DeviceOrder.target == word.register.value)
    )
    rows = connection.execute(query).all()
    mine = DeviceOrder.id.in_([row.id for row in rows])
    connection.execute(update(DeviceOrder).where(mine).values(status=OrderStatus.SUPERSEDED))
    return any(row.lease_until is not None and row.lease_until > now for row in rows)
