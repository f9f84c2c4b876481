"""What was done with a device around its updates, and what the world still owes for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, and_, bindparam, select

from portal.db.models import (
    Certificate,
    Device,
    DeviceOperation,
    DeviceOrder,
    DeviceReplacement,
    DeviceTag,
    OrderKind,
    OrderStatus,
)
from portal.domain import codec
from portal.domain.device_life import Operation
from portal.domain.ids import DeviceId
from portal.domain.troubles import Why

_OWN: Final = DeviceOperation
_LATEST: Final = (
    select(_OWN.id, _OWN.kind, _OWN.reason, _OWN.comment, _OWN.ordered_by, _OWN.ordered_at)
    .where(_OWN.device_id == bindparam("device"))
    .order_by(_OWN.id.desc())
    .limit(bindparam("some"))
)
_UNDONE: Final = (
    select(DeviceOrder.kind, DeviceOrder.target, DeviceOrder.status, DeviceOrder.why, Certificate.name)
    .join(_OWN, _OWN.id == DeviceOrder.operation_id)
    .outerjoin(Certificate, and_(Certificate.ca == DeviceOrder.target, Certificate.serial == DeviceOrder.serial))
    .where(_OWN.device_id == bindparam("device"))
    .where(DeviceOrder.status.in_([OrderStatus.PENDING, OrderStatus.REFUSED]))
    .order_by(DeviceOrder.id)
)


@dataclass(frozen=True, slots=True)
class OperationRow:
    """One operation."""

    kind: Operation
    reason: str
    comment: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class UndoneOrder:
    """Something an authority or a register was told and has not done; ``refused`` for good, or not answered yet."""

    kind: OrderKind
    target: str
    name: str
    refused: bool
    why: Why | None


@dataclass(frozen=True, slots=True)
class ReplacementRow:
    """The other device of a replacement; ``until`` for one that is not for good."""

    id: int
    other: DeviceId
    serial: str
    until: datetime | None
    over: bool
    takes_place: bool


@dataclass(frozen=True, slots=True)
class DeviceStory:
    """Everything the card tells of a device's life."""

    operations: tuple[OperationRow, ...] = ()
    undone: tuple[UndoneOrder, ...] = ()
    replacements: tuple[ReplacementRow, ...] = ()
    tags: tuple[str, ...] = ()


def story_of(connection: Connection, device: int, *, some: int = 10) -> DeviceStory:
    """The latest operations first."""
    given = {"device": device}
    rows = connection.execute(_LATEST, {**given, "some": some})
    operations = tuple(OperationRow(row.kind, row.reason, row.comment, row.ordered_by, row.ordered_at) for row in rows)
    undone = tuple(
        UndoneOrder(row.kind, row.target, row.name or "", row.status is OrderStatus.REFUSED, _why(row.why))
        for row in connection.execute(_UNDONE, given)
    )
    return DeviceStory(operations, undone, _replacements(connection, device), tags_of(connection, device))


def tags_of(connection: Connection, device: int) -> tuple[str, ...]:
    """The device's tags by name."""
    query = select(DeviceTag.tag).where(DeviceTag.device_id == device).order_by(DeviceTag.tag)
    return tuple(connection.execute(query).scalars())


def _replacements(connection: Connection, device: int) -> tuple[ReplacementRow, ...]:
    own = DeviceReplacement
    found = []
    for mine, theirs in ((own.old_id, own.new_id), (own.new_id, own.old_id)):
        query = select(own.id, theirs.label("other"), Device.serial, own.until, own.ended_at)
        rows = connection.execute(query.join(Device, Device.id == theirs).where(mine == device).order_by(own.id.desc()))
        found += [
            ReplacementRow(
                *(row.id, DeviceId(row.other), row.serial, row.until, row.ended_at is not None, mine is own.new_id)
            )
            for row in rows
        ]
    return tuple(found)


def _why(stored: object) -> Why | None:
    return None if stored is None else codec.from_json(Why, stored)
