"""The first page: what is due, what is under way, what expires."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from sqlalchemy import ColumnElement, Connection, bindparam, case, func, select

from portal.db.base import AnySelect, UtcTime
from portal.db.models import IS_ACTIVE, IS_DUE, IS_TROUBLED, AuditEntry, Device, Update
from portal.db.queries.drifts import open_drifts
from portal.db.queries.registers import count_behind
from portal.db.queries.remembered import remembered
from portal.db.queries.replacements import ReplacementOver, replacements_over
from portal.db.reach import devices_within, few_devices, few_updates, updates_within
from portal.db.reading import ask_alike
from portal.domain.audit import AuditTag
from portal.domain.findings import UpdateReason, reasons_of
from portal.domain.reach import EVERYTHING, Reach
from portal.domain.update_state import UpdateStatus

WEEKS: Final = 13
SHOWN: Final = 5
_WEEK: Final = timedelta(weeks=1)
_Within: TypeAlias = tuple[ColumnElement[bool], ...]
_DUE: Final = select(Device.need, func.count()).where(IS_DUE).group_by(Device.need)
_TROUBLED: Final = select(Device.problem, func.count()).where(IS_TROUBLED).group_by(Device.problem)
_ALARM: Final = timedelta(days=3)
_MENDED: Final = (
    select(AuditEntry.at)
    .where(AuditEntry.tag == AuditTag.FINDINGS_MENDED.value, AuditEntry.at >= bindparam("since", type_=UtcTime()))
    .order_by(AuditEntry.id.desc())
    .limit(1)
)
_UPDATES: Final = select(Update.status, func.count()).where(IS_ACTIVE).group_by(Update.status)


@dataclass(frozen=True, slots=True)
class ExpiryWeek:
    """How many devices have their first certificate expire within the week that begins here."""

    begins: datetime
    ends: datetime
    devices: int


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Devices due in all and by reason (a device counts once for each of its reasons), updates by status, expiry."""

    due: int
    by_reason: tuple[tuple[UpdateReason, int], ...]
    troubled: tuple[tuple[str, int], ...]
    updates: dict[UpdateStatus, int]
    expired: int
    weeks: tuple[ExpiryWeek, ...]
    #: When stored findings were last found untrue, within the last days; None while all is well.
    mended: datetime | None = None
    #: Temporary replacements whose day has come, a few of them.
    replacements: tuple[ReplacementOver, ...] = ()
    #: Devices with a register outside that has not taken what it was told.
    behind: int = 0
    #: Findings of the reconciliation that are not settled.
    drifts: int = 0


def dashboard(connection: Connection, now: datetime, *, reach: Reach = EVERYTHING) -> Dashboard:
    """Everything the first page shows."""
    updates = few_updates(connection, reach) or updates_within(reach)
    due, by_reason, (expired, *weeks) = remembered(
        connection,
        ("dashboard", reach),
        lambda: _counted(connection, now, reach),
        lambda found: found[0] + sum(found[2]),
    )
    devices = few_devices(connection, reach) or devices_within(reach)
    spans = [(now + _WEEK * number, now + _WEEK * (number + 1)) for number in range(WEEKS)]
    return Dashboard(
        due=due,
        by_reason=by_reason,
        troubled=_troubled(connection, devices),
        updates=_active(connection, updates),
        expired=expired,
        weeks=tuple(ExpiryWeek(*span, devices) for span, devices in zip(spans, weeks, strict=True)),
        mended=connection.execute(_MENDED, {"since": now - _ALARM}).scalar() if reach.everything else None,
        replacements=replacements_over(connection, now, *devices, most=SHOWN),
        behind=count_behind(connection, *devices),
        drifts=open_drifts(connection) if reach.everything else 0,
    )


def _counted(
    connection: Connection, now: datetime, reach: Reach
) -> tuple[int, tuple[tuple[UpdateReason, int], ...], list[int]]:
    """What has to pass through many devices: those that are due, in all and by reason; those that expire, by week."""
    devices = few_devices(connection, reach) or devices_within(reach)
    return (*_due(connection, devices), _expiry(connection, now, devices))


def _due(connection: Connection, within: _Within) -> tuple[int, tuple[tuple[UpdateReason, int], ...]]:
    """One pass over the index of due devices; reasons are told apart by their bits."""
    total, by_reason = 0, dict.fromkeys(UpdateReason, 0)
    for bits, number in map(tuple, ask_alike(connection, _DUE.where(*within))):
        total += number
        for reason in reasons_of(bits):
            by_reason[reason] += number
    return total, tuple((reason, number) for reason, number in by_reason.items() if number)


def _troubled(connection: Connection, within: _Within) -> tuple[tuple[str, int], ...]:
    rows = ask_alike(connection, _TROUBLED.where(*within))
    return tuple((problem, number) for problem, number in map(tuple, rows))


def _active(connection: Connection, within: _Within) -> dict[UpdateStatus, int]:
    found = dict(map(tuple, ask_alike(connection, _UPDATES.where(*within))))
    return {status: found.get(status, 0) for status in UpdateStatus if status.active}


def _expiry(connection: Connection, now: datetime, within: _Within) -> list[int]:
    """Devices already expired, then by week: one short range of the index each."""
    query = _in_weeks(within) if within else _WEEKS_OF_ALL
    return list(connection.execute(query, {f"edge_{week}": now + _WEEK * week for week in range(WEEKS + 1)}).one())


def _in_weeks(within: _Within) -> AnySelect:
    end, edges = Device.earliest_not_after, [bindparam(f"edge_{week}", type_=UtcTime()) for week in range(WEEKS + 1)]
    ranges = [end < edges[0], *((end >= edges[week]) & (end < edges[week + 1]) for week in range(WEEKS))]
    if within:  # a part of the devices is walked through once, and told apart on the way
        sums = [func.coalesce(func.sum(case((bounds, 1), else_=0)), 0) for bounds in ranges]
        return select(*sums).select_from(Device).where(*within)
    return select(*(select(func.count()).select_from(Device).where(bounds).scalar_subquery() for bounds in ranges))


_WEEKS_OF_ALL: Final = _in_weeks(())  # building it takes longer than its answer
