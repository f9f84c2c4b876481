"""The first page: what is due, what is under way, what expires."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, func, literal, select, union_all

from portal.db.models import Device, Update
from portal.domain.findings import UpdateReason, reasons_of
from portal.domain.update_state import ACTIVE, UpdateStatus

WEEKS: Final = 13
_WEEK: Final = timedelta(weeks=1)


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


def dashboard(connection: Connection, now: datetime) -> Dashboard:
    """Everything the first page shows."""
    due, by_reason = _due(connection)
    expired, *weeks = _expiry(connection, now)
    spans = [(now + _WEEK * number, now + _WEEK * (number + 1)) for number in range(WEEKS)]
    return Dashboard(
        due=due,
        by_reason=by_reason,
        troubled=_troubled(connection),
        updates=_active(connection),
        expired=expired,
        weeks=tuple(ExpiryWeek(*span, devices) for span, devices in zip(spans, weeks, strict=True)),
    )


def _due(connection: Connection) -> tuple[int, tuple[tuple[UpdateReason, int], ...]]:
    """One pass over the index of due devices; reasons are told apart by their bits."""
    query = select(Device.need, func.count()).where(Device.need > 0).group_by(Device.need)
    total, by_reason = 0, dict.fromkeys(UpdateReason, 0)
    for bits, number in connection.execute(query):
        total += number
        for reason in reasons_of(bits):
            by_reason[reason] += number
    return total, tuple((reason, number) for reason, number in by_reason.items() if number)


def _troubled(connection: Connection) -> tuple[tuple[str, int], ...]:
    query = select(Device.problem, func.count()).where(Device.problem != "").group_by(Device.problem)
    return tuple((problem, number) for problem, number in connection.execute(query))


def _active(connection: Connection) -> dict[UpdateStatus, int]:
    query = select(Update.status, func.count()).where(Update.status.in_(sorted(ACTIVE))).group_by(Update.status)
    found = dict(iter(connection.execute(query)))
    return {status: found.get(status, 0) for status in UpdateStatus if status.active}


def _expiry(connection: Connection, now: datetime) -> list[int]:
    """Devices already expired, then by week: one short range of the index each."""
    end = Device.earliest_not_after
    ranges = [end < now]
    ranges += [(end >= now + _WEEK * week) & (end < now + _WEEK * (week + 1)) for week in range(WEEKS)]
    counts = [
        select(literal(number).label("place"), func.count().label("devices")).select_from(Device).where(bounds)
        for number, bounds in enumerate(ranges)
    ]
    rows = connection.execute(union_all(*counts))
    return [row.devices for row in sorted(rows, key=lambda row: row.place)]
