"""Writing an operation down: who may do it now, who was first, what it orders outside; all in one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from portal.db import register_book
from portal.db.findings import hold_devices
from portal.db.models import (
    Device,
    DeviceOperation,
    DeviceOrder,
    DeviceReplacement,
    OperationStatus,
    OrderKind,
    OrderStatus,
)
from portal.db.queries.device_life import LifeRow, life_of
from portal.domain.audit import AuditTag
from portal.domain.device import DeviceState
from portal.domain.device_life import Denial, Operation, decide
from portal.domain.errors import Conflict, NotFound, PolicyForbids
from portal.domain.ids import DeviceId, OperationId, PersonId
from portal.domain.policy import Register
from portal.services.audit import record

TAGS: Final = {
    Operation.ADD: AuditTag.DEVICE_ADDED,
    Operation.ASSIGN: AuditTag.DEVICE_ASSIGNED,
    Operation.UNASSIGN: AuditTag.DEVICE_UNASSIGNED,
    Operation.DISABLE: AuditTag.DEVICE_DISABLED,
    Operation.ENABLE: AuditTag.DEVICE_ENABLED,
    Operation.REVOKE: AuditTag.DEVICE_REVOKED,
    Operation.WITHDRAW: AuditTag.DEVICE_WITHDRAWN,
    Operation.REPLACE: AuditTag.DEVICE_REPLACED,
    Operation.CLEAN: AuditTag.DEVICE_CLEANING_ORDERED,
    Operation.RESET_PIN: AuditTag.DEVICE_PIN_RESET_ORDERED,
    Operation.CHANGE_PIN: AuditTag.DEVICE_PIN_CHANGE_ORDERED,
    Operation.EDIT: AuditTag.DEVICE_EDITED,
}

#: Why an operation is not allowed once it was done: whoever is told so comes second.
LEAVES: Final = {
    Operation.ASSIGN: Denial.HELD,
    Operation.UNASSIGN: Denial.NOT_HELD,
    Operation.DISABLE: Denial.DISABLED,
    Operation.ENABLE: Denial.NOT_DISABLED,
    Operation.REVOKE: Denial.REVOKED,
    Operation.WITHDRAW: Denial.NOT_HELD,
}

#: Of these the last one counts: an earlier one that is not carried out yet gives way to it.
SWITCHES: Final = frozenset({Operation.DISABLE, Operation.ENABLE, Operation.REVOKE})


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants done with a device.

    ``version`` is the one the page showed; None when the page showed none.
    """

    device: DeviceId
    operation: Operation
    actor: str
    reason: str = ""
    comment: str = ""
    version: int | None = None
    person: PersonId | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One thing to tell an authority (``serial`` is the certificate's) or a register."""

    kind: OrderKind
    target: str
    serial: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    """The device as it was, and what it becomes; ``repeated`` when the same person has just done the same."""

    life: LifeRow
    to: DeviceState | None
    repeated: OperationId | None = None


def begin(connection: Connection, wish: Wish) -> Begun:
    """Hold the device and look whether the wish may be granted.

    Raises NotFound, PolicyForbids with the code ``life_…`` of the denial, and Conflict ``device_changed`` naming who
    was first.
    """
    hold_devices(connection, [wish.device])
    life = life_of(connection, wish.device)
    if life is None:
        raise NotFound("device", id=str(wish.device))
    answer = decide(wish.operation, life.standing)
    moved = wish.version is not None and wish.version != life.version
    if isinstance(answer, Denial) or moved:
        last = life.last
        same = last is not None and last.kind is wish.operation and LEAVES.get(wish.operation) is answer
        if last is not None and same and last.by == wish.actor:
            return Begun(life, None, last.id)
        if last is not None and (moved or same):
            raise Conflict("device_changed", by=last.by, what=last.kind.value, at=last.at.isoformat())
    if isinstance(answer, Denial):
        raise PolicyForbids(f"life_{answer.value}", operation=wish.operation.value, serial=life.serial)
    return Begun(life, answer.to)


def write(
    connection: Connection, wish: Wish, begun: Begun, now: datetime, *, orders: Sequence[Told] = (), **columns: Any
) -> OperationId:
    """Write the operation, its orders, the device's new state and the audit line."""
    if wish.operation in SWITCHES:
        _supersede(connection, wish.device, now)
    number = _insert(connection, wish, now, still_open=bool(orders))
    add_orders(connection, number, orders, device=wish.device, now=now)
    if begun.to is not None:
        columns["state"] = begun.to
    if "holder_id" in columns and columns["holder_id"] is None:  # it is returned
        _end_replacements(connection, wish, now)
    if columns:
        connection.execute(update(Device).where(Device.id == wish.device).values(next_check_at=now, **columns))
    said = {"reason": wish.reason, "comment": wish.comment[:200], "serial": begun.life.serial}
    note = {name: value for name, value in said.items() if value}
    record(connection, TAGS[wish.operation], actor=wish.actor, subject=f"device:{wish.device}", now=now, **note)
    return number


def _end_replacements(connection: Connection, wish: Wish, now: datetime) -> None:
    """What its next holder does with the device is nothing to whom it stood in for, or who stood in for it."""
    part = (DeviceReplacement.old_id == wish.device) | (DeviceReplacement.new_id == wish.device)
    standing = (part, DeviceReplacement.ended_at.is_(None))
    for old in connection.execute(select(DeviceReplacement.old_id).where(*standing)).scalars().all():
        record(connection, AuditTag.DEVICE_REPLACEMENT_ENDED, actor=wish.actor, subject=f"device:{old}", now=now)
    connection.execute(update(DeviceReplacement).where(*standing).values(ended_at=now))


def add_orders(
    connection: Connection, number: OperationId, orders: Iterable[Told], *, device: DeviceId, now: datetime
) -> None:
    """Write down what the world is to be told; committed before anybody is told."""
    for told in orders:
        row = {
            "operation_id": number,
            "kind": told.kind,
            "target": told.target,
            "serial": told.serial,
            "reason": told.reason,
            "status": OrderStatus.PENDING,
        }
        order = connection.execute(insert(DeviceOrder).values(row).returning(DeviceOrder.id)).scalar_one()
        if told.kind.of_register:
            word = register_book.Word(device, Register(told.target), told.kind)
            register_book.note(connection, word, now, order=order)


def _insert(connection: Connection, wish: Wish, now: datetime, *, still_open: bool) -> OperationId:
    values = {
        "device_id": wish.device,
        "kind": wish.operation,
        "reason": wish.reason,
        "comment": wish.comment[:500],
        "person_id": wish.person,
        "ordered_by": wish.actor,
        "ordered_at": now,
        "status": OperationStatus.OPEN if still_open else OperationStatus.DONE,
        "wake_at": now if still_open else None,
        "finished_at": None if still_open else now,
    }
    return OperationId(
        connection.execute(insert(DeviceOperation).values(values).returning(DeviceOperation.id)).scalar_one()
    )


def _supersede(connection: Connection, device: DeviceId, now: datetime) -> None:
    """What is not carried out yet is overtaken; a worker that is at it ends first, by its lease.

    A register that was to forget the device is still told so: no later operation would tell it.
    """
    mine = (DeviceOperation.device_id == device, DeviceOperation.status == OperationStatus.OPEN)
    forget = DeviceOrder.kind == OrderKind.WITHDRAW
    told_apart = DeviceOperation.kind == Operation.TELL_REGISTERS
    kept = select(DeviceOrder.operation_id).where(forget, DeviceOrder.status == OrderStatus.PENDING)
    numbers = select(DeviceOperation.id).where(*mine, ~(told_apart & DeviceOperation.id.in_(kept)))
    gone = connection.execute(numbers).scalars().all()
    pending = (DeviceOrder.operation_id.in_(gone), DeviceOrder.status == OrderStatus.PENDING)
    connection.execute(update(DeviceOrder).where(*pending).values(status=OrderStatus.SUPERSEDED))
    over = {"status": OperationStatus.SUPERSEDED, "finished_at": now}
    connection.execute(update(DeviceOperation).where(DeviceOperation.id.in_(gone)).values(over))
