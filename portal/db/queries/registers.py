"""What registers outside know of devices: the last word to each, what came of it, and when it is told again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, literal_column, select

from portal.db.base import AnyRow, AnySelect
from portal.db.models import (
    Device,
    DeviceOperation,
    DeviceOrder,
    OperationStatus,
    OrderKind,
    OrderStatus,
    Person,
    RegisterResult,
    Registration,
)
from portal.db.queries.paging import PAGE_SIZE, Page, capped_count, cut, decode, encode
from portal.db.reach import devices_within
from portal.domain import codec
from portal.domain.ids import DeviceId
from portal.domain.policy import Register
from portal.domain.reach import EVERYTHING, Reach
from portal.domain.troubles import Why

_OWN: Final = RegisterResult
# Written out in the statement: a planner only uses an index with a condition when it can read that condition.
_IS_BEHIND: Final = _OWN.status != literal_column("'done'")
_AGAIN: Final = and_(DeviceOperation.id == DeviceOrder.operation_id, DeviceOperation.status == OperationStatus.OPEN)
_RESULTS: Final = (
    select(_OWN.device_id, _OWN.register, _OWN.kind, _OWN.status, _OWN.why, _OWN.since, _OWN.told_at)
    .add_columns(DeviceOperation.wake_at)
    .outerjoin(DeviceOrder, and_(DeviceOrder.id == _OWN.order_id, DeviceOrder.status == OrderStatus.PENDING))
    .outerjoin(DeviceOperation, _AGAIN)
)
_OF_DEVICE: Final = _RESULTS.where(_OWN.device_id == bindparam("device")).order_by(_OWN.register)
_KNOWN: Final = select(Registration.register, Registration.registered_at).where(
    Registration.device_id == bindparam("device")
)


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """A register and a device; ``again_at`` is when it is told next, None when it is not told by itself."""

    device: DeviceId
    register: Register
    kind: OrderKind
    status: OrderStatus
    why: Why | None
    since: datetime
    told_at: datetime
    again_at: datetime | None


@dataclass(frozen=True, slots=True)
class BehindRow:
    """A register that has not taken what it was told of a device, and whose the device is."""

    row: RegisterRow
    serial: str
    model: str
    holder: str


def registers_of(connection: Connection, device: int) -> tuple[RegisterRow, ...]:
    """Every register that was ever told of the device, or is known to know it."""
    given = {"device": device}
    rows = {row.register: _row(row) for row in connection.execute(_OF_DEVICE, given)}
    for register, at in connection.execute(_KNOWN, given):
        told = (OrderKind.REGISTER, OrderStatus.DONE, None, at, at, None)
        rows.setdefault(register, RegisterRow(DeviceId(device), register, *told))
    return tuple(rows[register] for register in Register if register in rows)


def registers_behind(
    connection: Connection, *, after: str | None = None, size: int = PAGE_SIZE, reach: Reach = EVERYTHING
) -> Page[BehindRow]:
    """One page of devices whose registers are behind, in order of registration here."""
    query = _RESULTS.add_columns(Device.serial, Device.model, Device.type, Person.name)
    query = query.join(Device, Device.id == _OWN.device_id).outerjoin(Person, Person.id == Device.holder_id)
    whole = query.where(_IS_BEHIND, *devices_within(reach))
    further = whole.where(*_after(after)).order_by(_OWN.device_id, _OWN.register).limit(size + 1)
    rows, more = cut(connection.execute(further).all(), size)
    return Page(
        tuple(BehindRow(_row(row), row.serial, row.model or row.type, row.name or "") for row in rows),
        encode(rows[-1].device_id, rows[-1].register.value) if more else None,
        capped_count(connection, whole),
    )


def count_behind(connection: Connection, *where: ColumnElement[bool]) -> int:
    """How many devices have a register that is behind; conditions are about the device."""
    query: AnySelect = select(func.count(_OWN.device_id.distinct())).where(_IS_BEHIND)
    if where:
        query = query.join(Device, Device.id == _OWN.device_id).where(*where)
    return int(connection.execute(query).scalar_one())


def _after(after: str | None) -> tuple[ColumnElement[bool], ...]:
    if after is None:
        return ()
    device, register = decode(after, int, str)
    same = and_(_OWN.device_id == device, _OWN.register > register)
    return ((_OWN.device_id > device) | same,)


def _row(row: AnyRow) -> RegisterRow:
    return RegisterRow(
        DeviceId(row.device_id),
        row.register,
        row.kind,
        row.status,
        None if row.why is None else codec.from_json(Why, row.why),
        since=row.since,
        told_at=row.told_at,
        again_at=row.wake_at,
    )
