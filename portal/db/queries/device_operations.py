"""What was done with a device around its updates, and what the world still owes for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, desc, literal, select, union_all

from portal.db.base import AnySelect
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
    .where(_OWN.device_id == bindparam("device"), _OWN.kind != Operation.TELL_REGISTERS)
    .order_by(_OWN.id.desc())
    .limit(bindparam("some"))
)
#: What registers were told is shown with the registers.
_OF_AUTHORITY: Final = [kind for kind in OrderKind if not kind.of_register]
_UNDONE: Final = (
    select(DeviceOrder.kind, DeviceOrder.target, DeviceOrder.status, DeviceOrder.why, Certificate.name)
    .join(_OWN, _OWN.id == DeviceOrder.operation_id)
    .outerjoin(Certificate, and_(Certificate.ca == DeviceOrder.target, Certificate.serial == DeviceOrder.serial))
    .where(_OWN.device_id == bindparam("device"))
    .where(DeviceOrder.status.in_([OrderStatus.PENDING, OrderStatus.REFUSED]), DeviceOrder.kind.in_(_OF_AUTHORITY))
    .order_by(DeviceOrder.id)
)
_TAGS: Final = select(DeviceTag.tag).where(DeviceTag.device_id == bindparam("device")).order_by(DeviceTag.tag)


def _replaced(mine: Any, theirs: Any, *, takes_place: bool) -> AnySelect:
    own = DeviceReplacement
    found = select(own.id.label("number"), theirs.label("other"), Device.serial, own.until, own.ended_at)
    found = found.add_columns(literal(int(takes_place)).label("takes_place"))
    return found.join(Device, Device.id == theirs).where(mine == bindparam("device"))


_BOTH_ENDS: Final = union_all(
    _replaced(DeviceReplacement.old_id, DeviceReplacement.new_id, takes_place=False),
    _replaced(DeviceReplacement.new_id, DeviceReplacement.old_id, takes_place=True),
).order_by("takes_place", desc("number"))


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
    """Something an authority was told and has not done; ``refused`` for good, or not answered yet."""

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
    return tuple(connection.execute(_TAGS, {"device": device}).scalars())


def _replacements(connection: Connection, device: int) -> tuple[ReplacementRow, ...]:
    return tuple(
        ReplacementRow(
            row.number,
            DeviceId(row.other),
            row.serial,
            until=row.until,
            over=row.ended_at is not None,
            takes_place=bool(row.takes_place),
        )
        for row in connection.execute(_BOTH_ENDS, {"device": device})
    )


def _why(stored: object) -> Why | None:
    return None if stored is None else codec.from_json(Why, stored)
