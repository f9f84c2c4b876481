"""Updates in lists: of everybody, or of one device; newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import BindParameter, Connection, bindparam, case, func, select

from portal.db.base import AnyRow, AnySelect
from portal.db.models import Device, Person, Policy, Update, UpdateStep
from portal.db.queries.paging import PAGE_SIZE, Page, capped_count, cut, decode, encode
from portal.db.reach import few_updates, updates_within
from portal.db.reading import ask_alike
from portal.domain import codec
from portal.domain.ids import DeviceId, PersonId, UpdateId
from portal.domain.outcomes import WaitingFor
from portal.domain.reach import EVERYTHING, Reach
from portal.domain.run_kind import RunKind
from portal.domain.troubles import Why
from portal.domain.update_state import StepStatus, UpdateStatus


class UpdateRow(NamedTuple):
    """One update in a list; ``done`` of ``steps`` steps are behind it."""

    id: UpdateId
    kind: RunKind
    status: UpdateStatus
    device_id: DeviceId
    serial: str
    model: str
    holder_id: PersonId | None
    holder: str
    policy: str
    policy_version: int
    ordered_by: str
    ordered_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    waiting_for: WaitingFor | None
    why: Why | None
    cancel_requested: bool
    done: int
    steps: int


@dataclass(frozen=True, slots=True)
class UpdateFilter:
    """What the list is narrowed to; no statuses means all."""

    statuses: tuple[UpdateStatus, ...] = ()
    device: DeviceId | None = None


_NUMBERS: Final[BindParameter[Any]] = bindparam("numbers", expanding=True)
_BY_NUMBER: Final = (
    select(Update.id, Update.kind, Update.status, Update.device_id, Update.policy_version)
    .add_columns(Update.ordered_by, Update.ordered_at)
    .add_columns(Update.started_at, Update.finished_at, Update.waiting_for, Update.why, Update.cancel_requested)
    .add_columns(Device.serial, Device.model, Device.holder_id)
    .add_columns(Person.name.label("holder"), Policy.name.label("policy"))
    .join(Device, Device.id == Update.device_id)
    .join(Policy, Policy.id == Update.policy_id)
    .outerjoin(Person, Person.id == Device.holder_id)
    .where(Update.id.in_(_NUMBERS))
)
_STEPS: Final = (
    select(UpdateStep.update_id, func.sum(case((UpdateStep.status == StepStatus.DONE, 1), else_=0)), func.count())
    .where(UpdateStep.update_id.in_(_NUMBERS))
    .group_by(UpdateStep.update_id)
)
_LAST_END: Final = select(func.max(Update.finished_at)).where(Update.device_id == bindparam("device"))
_LATEST: Final = (
    select(Update.id).where(Update.device_id == bindparam("device")).order_by(Update.id.desc()).limit(bindparam("some"))
)


def latest_updates(connection: Connection, device: int, *, some: int) -> tuple[UpdateRow, ...]:
    """The latest updates of one device."""
    return update_rows(connection, connection.execute(_LATEST, {"device": device, "some": some}).scalars().all())


def first_updates(
    connection: Connection, wanted: UpdateFilter, *, size: int, reach: Reach = EVERYTHING
) -> tuple[UpdateRow, ...]:
    """The newest few updates, not counted."""
    newest = _query(connection, wanted, reach).order_by(Update.id.desc()).limit(size)
    return update_rows(connection, ask_alike(connection, newest).scalars().all())


def list_updates(
    connection: Connection,
    wanted: UpdateFilter,
    *,
    after: str | None = None,
    size: int = PAGE_SIZE,
    reach: Reach = EVERYTHING,
) -> Page[UpdateRow]:
    """One page of updates."""
    query = _query(connection, wanted, reach)
    page = query.order_by(Update.id.desc()).limit(size + 1)
    if after is not None:
        page = page.where(Update.id < decode(after, int)[0])
    ids, more = cut(ask_alike(connection, page).scalars().all(), size)
    place = encode(ids[-1]) if more else None
    return Page(update_rows(connection, ids), place, capped_count(connection, query))


def _query(connection: Connection, wanted: UpdateFilter, reach: Reach) -> AnySelect:
    query: AnySelect = select(Update.id).where(*(few_updates(connection, reach) or updates_within(reach)))
    if wanted.statuses:
        query = query.where(Update.status.in_(wanted.statuses))
    return query if wanted.device is None else query.where(Update.device_id == wanted.device)


def update_rows(connection: Connection, ids: Sequence[int], *, reach: Reach = EVERYTHING) -> tuple[UpdateRow, ...]:
    """The updates with these numbers, in this order; those out of reach are left out."""
    if not ids:
        return ()
    counts = _counts(connection, ids)
    query = _BY_NUMBER if reach.everything else _BY_NUMBER.where(*updates_within(reach))
    rows = connection.execute(query, {"numbers": ids}).all()
    found = {row.id: _row(row, *counts.get(row.id, (0, 0))) for row in rows}
    return tuple(found[number] for number in ids if number in found)


def _counts(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    rows = connection.execute(_STEPS, {"numbers": ids})
    return {number: (int(behind), steps) for number, behind, steps in rows}


def _row(row: AnyRow, done: int, steps: int) -> UpdateRow:
    return UpdateRow(
        id=UpdateId(row.id),
        kind=row.kind,
        status=row.status,
        device_id=DeviceId(row.device_id),
        serial=row.serial,
        model=row.model,
        holder_id=None if row.holder_id is None else PersonId(row.holder_id),
        holder=row.holder or "",
        policy=row.policy,
        policy_version=row.policy_version,
        ordered_by=row.ordered_by,
        ordered_at=row.ordered_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        waiting_for=row.waiting_for,
        why=None if row.why is None else codec.from_json(Why, row.why),
        cancel_requested=row.cancel_requested,
        done=done,
        steps=steps,
    )


def last_end(connection: Connection, device: int) -> datetime | None:
    """When the last update of the device ended."""
    return connection.execute(_LAST_END, {"device": device}).scalar_one()
