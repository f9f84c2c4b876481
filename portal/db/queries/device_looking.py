"""Looking through devices in the order of a list, a stretch at a time; it ends at a place the index alone finds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, select, tuple_

from portal.db.base import AnyRow, AnySelect
from portal.db.beside import beside
from portal.db.models import Device, DeviceFinding
from portal.db.queries.device_drivers import Driver
from portal.db.queries.device_filter import DeviceFilter
from portal.db.queries.paging import Count, capped_count, scanned_count
from portal.db.queries.stretches import Place, in_stretches
from portal.db.reading import ask_alike
from portal.domain.findings import UpdateReason

#: How many rows a stretch has: those the index itself tests, and those that cost a look elsewhere.
#: The first one is shorter: most pages are full before its end, and to find a far end costs more than they do.
FIRST_STRETCH: Final = 1000
STRETCH: Final = 10_000
SHORT_STRETCH: Final = 200


def look(
    connection: Connection, wanted: DeviceFilter, driver: Driver, after: Place | None, *, size: int
) -> tuple[Sequence[AnyRow], Place | None]:
    """One more than so many devices behind a place, and where looking stopped before it came to the end."""
    # expiry from a moment on is the same as behind a device that ends there
    begin = after or (None if driver.since is None else (driver.since, 0))

    def stop_behind(place: Place | None) -> Place | None:
        length = SHORT_STRETCH if driver.dear else FIRST_STRETCH if place == begin else STRETCH
        return _stop(connection, wanted, driver, place, length=length if driver.tests else size + 1)

    def rows_between(place: Place | None, stop: Place | None, number: int) -> Sequence[AnyRow]:
        return ask_alike(connection, _rows(wanted, driver, place, stop).limit(number)).all()

    return in_stretches(stop_behind, rows_between, begin, size + 1)


def counted(connection: Connection, driver: Driver, shown: int) -> Count:
    """How many there are behind all pages, as far as counting costs little."""
    if driver.dear and driver.tests:
        return Count(shown, more=True)
    if driver.reason is not None:
        return capped_count(connection, _findings(driver.reason, None, None).distinct())
    looked_at = select(Device.id).where(*driver.conditions)
    end = Device.earliest_not_after
    looked_at = looked_at if driver.since is None else looked_at.where(end >= driver.since)
    looked_at = looked_at if driver.until is None else looked_at.where(end < driver.until)
    return scanned_count(connection, looked_at, driver.tests)


def _stop(
    connection: Connection, wanted: DeviceFilter, driver: Driver, place: Place | None, *, length: int
) -> Place | None:
    """Where the next stretch of this length ends; None when it goes to the end."""
    if driver.few or (driver.reason is None and not driver.tests):
        return None
    if driver.reason is not None:
        own = DeviceFinding.device_id
        query = _findings(driver.reason, place, None).distinct().order_by(own)
    else:
        order = _order(wanted, driver)
        query = _between(select(*order).where(*driver.conditions), order, place, driver.until).order_by(*order)
    row = ask_alike(connection, query.offset(length - 1).limit(1)).one_or_none()
    return None if row is None else tuple(row)


def _rows(wanted: DeviceFilter, driver: Driver, place: Place | None, stop: Place | None) -> AnySelect:
    order = _order(wanted, driver)
    query = select(*order).where(*driver.conditions, *driver.tests).order_by(*order)
    if driver.reason is not None:
        return query.where(Device.id.in_(_findings(driver.reason, place, stop)))
    return _between(query, order, place, driver.until if stop is None else stop)


def _findings(reason: UpdateReason, place: Place | None, stop: Place | None) -> AnySelect:
    own = DeviceFinding.device_id
    query = select(own).where(DeviceFinding.reason == reason)
    query = query if place is None else query.where(own > place[0])
    return query if stop is None else query.where(own <= stop[0])


def _order(wanted: DeviceFilter, driver: Driver) -> tuple[ColumnElement[Any], ...]:
    if not wanted.by_expiry:
        return (Device.id.expression,)
    # what a few devices' own index brings is put in order; else the index of expiry has the order already
    end = Device.earliest_not_after
    return (beside(end) if driver.few else end.expression, Device.id.expression)


def _between(
    query: AnySelect, order: tuple[ColumnElement[Any], ...], place: Place | None, end: Place | datetime | None
) -> AnySelect:
    """One bound on either side: of two the planner might choose the one that leaves more to look at."""
    if place is not None:
        query = query.where(tuple_(*order) > tuple_(*place) if len(order) > 1 else order[0] > place[0])
    if isinstance(end, datetime):
        return query.where(order[0] < end)
    if end is not None:
        query = query.where(tuple_(*order) <= tuple_(*end) if len(order) > 1 else order[0] <= end[0])
    return query
