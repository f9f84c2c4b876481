"""Devices as list rows, by number or by holder: one query for a whole page."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, and_, bindparam, select

from portal.db.base import AnyRow, AnySelect
from portal.db.models import IS_ACTIVE, Device, Person, Policy, Update
from portal.db.queries.views import DeviceRow
from portal.db.reach import devices_within
from portal.domain.findings import reasons_of
from portal.domain.ids import DeviceId, PersonId, PolicyId, UpdateId
from portal.domain.reach import EVERYTHING, Reach

# Statements that never change are built once: building one costs more than its answer takes.
_ROWS: Final[AnySelect] = (
    select(
        *(Device.id, Device.serial, Device.type, Device.model, Device.label, Device.state, Device.holder_id),
        *(Device.effective_policy_id, Device.need, Device.possible, Device.problem),
        *(Device.earliest_not_after, Device.last_seen_at, Device.last_seen_where),
        Person.name.label("holder"),
        Policy.name.label("policy"),
        Update.id.label("update_id"),
        Update.status.label("update_status"),
    )
    .outerjoin(Person, Person.id == Device.holder_id)
    .outerjoin(Policy, Policy.id == Device.effective_policy_id)
    .outerjoin(Update, and_(Update.device_id == Device.id, IS_ACTIVE))
)
_BY_NUMBER: Final = _ROWS.where(Device.id.in_(bindparam("numbers", expanding=True)))
_BY_HOLDER: Final = _ROWS.where(Device.holder_id.in_(bindparam("people", expanding=True))).order_by(Device.id)


def device_rows(connection: Connection, ids: Sequence[int], *, reach: Reach = EVERYTHING) -> tuple[DeviceRow, ...]:
    """The devices with these numbers, in this order; those out of reach are left out."""
    if not ids:
        return ()
    query = _BY_NUMBER if reach.everything else _BY_NUMBER.where(*devices_within(reach))
    found = {row.id: _row(row) for row in connection.execute(query, {"numbers": ids})}
    return tuple(found[number] for number in ids if number in found)


def known_serials(connection: Connection, serials: Sequence[str], *, reach: Reach) -> frozenset[str]:
    """Those of these serial numbers that belong to devices within reach."""
    query = select(Device.serial).where(Device.serial.in_(serials), *devices_within(reach))
    return frozenset(connection.execute(query).scalars())


def devices_of(connection: Connection, people: Iterable[int]) -> dict[int, tuple[DeviceRow, ...]]:
    """The devices of these people, by holder."""
    held: dict[int, list[DeviceRow]] = {}
    for row in connection.execute(_BY_HOLDER, {"people": list(people)}):
        held.setdefault(row.holder_id, []).append(_row(row))
    return {person: tuple(rows) for person, rows in held.items()}


def _row(row: AnyRow) -> DeviceRow:
    return DeviceRow(
        id=DeviceId(row.id),
        serial=row.serial,
        type=row.type,
        model=row.model,
        label=row.label,
        state=row.state,
        holder_id=None if row.holder_id is None else PersonId(row.holder_id),
        holder=row.holder or "",
        policy_id=None if row.effective_policy_id is None else PolicyId(row.effective_policy_id),
        policy=row.policy or "",
        reasons=reasons_of(row.need),
        possible=row.possible,
        problem=row.problem,
        earliest_not_after=row.earliest_not_after,
        last_seen_at=row.last_seen_at,
        last_seen_where=row.last_seen_where,
        update=None if row.update_id is None else UpdateId(row.update_id),
        update_status=row.update_status,
    )
