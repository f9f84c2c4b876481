"""Devices as list rows, by number or by holder: one query for a whole page."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, and_, bindparam, func, select

from portal.db.base import AnyRow, AnySelect
from portal.db.models import IS_ACTIVE, Device, Person, Policy, Update
from portal.db.queries.views import DeviceRow
from portal.db.reach import devices_within
from portal.domain.findings import reasons_of
from portal.domain.reach import EVERYTHING, Reach

# Statements that never change are built once: building one costs more than its answer takes.
_ROWS: Final[AnySelect] = (
    select(
        *(Device.id, Device.serial, Device.type, Device.model, Device.label, Device.state),
        *(Device.holder_id, func.coalesce(Person.name, "").label("holder")),
        *(Device.effective_policy_id, func.coalesce(Policy.name, "").label("policy")),
        *(Device.need, Device.possible, Device.problem),
        *(Device.earliest_not_after, Device.last_seen_at, Device.last_seen_where),
        *(Update.id.label("update_id"), Update.status.label("update_status")),
    )
    .outerjoin(Person, Person.id == Device.holder_id)
    .outerjoin(Policy, Policy.id == Device.effective_policy_id)
    .outerjoin(Update, and_(Update.device_id == Device.id, IS_ACTIVE))
)
_REASONS: Final = DeviceRow._fields.index("reasons")
_BY_NUMBER: Final = _ROWS.where(Device.id.in_(bindparam("numbers", expanding=True)))
_BY_HOLDER: Final = _ROWS.where(Device.holder_id.in_(bindparam("people", expanding=True))).order_by(Device.id)


def device_rows(connection: Connection, ids: Sequence[int], *, reach: Reach = EVERYTHING) -> tuple[DeviceRow, ...]:
    """The devices with these numbers, in this order; those out of reach are left out."""
    if not ids:
        return ()
    query = _BY_NUMBER if reach.everything else _BY_NUMBER.where(*devices_within(reach))
    found = {row.id: _row(row) for row in connection.execute(query, {"numbers": ids}).all()}
    return tuple(found[number] for number in ids if number in found)


def known_serials(connection: Connection, serials: Sequence[str], *, reach: Reach) -> frozenset[str]:
    """Those of these serial numbers that belong to devices within reach."""
    query = select(Device.serial).where(Device.serial.in_(serials), *devices_within(reach))
    return frozenset(connection.execute(query).scalars())


def devices_of(connection: Connection, people: Iterable[int]) -> dict[int, tuple[DeviceRow, ...]]:
    """The devices of these people, by holder."""
    held: dict[int, list[DeviceRow]] = {}
    for row in connection.execute(_BY_HOLDER, {"people": list(people)}).all():
        held.setdefault(row.holder_id, []).append(_row(row))
    return {person: tuple(rows) for person, rows in held.items()}


def _row(row: AnyRow) -> DeviceRow:
    # the columns stand as the fields do; only the reasons are kept in another shape
    values = list(row)
    values[_REASONS] = reasons_of(values[_REASONS])
    return DeviceRow._make(values)
