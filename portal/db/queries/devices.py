"""The list of devices: any filter, any depth.

Every combination of filters is driven by the index that leaves least to look at (``device_drivers``); the remaining
filters are tested on the rows that come from there, and looking stops when the page is full.
"""

from datetime import datetime

from sqlalchemy import Connection, select, tuple_

from portal.db.base import AnyRow, AnySelect
from portal.db.beside import beside
from portal.db.models import Device
from portal.db.queries.device_drivers import Driver, driver_for
from portal.db.queries.device_filter import DeviceFilter
from portal.db.queries.device_rows import device_rows
from portal.db.queries.hits import devices_begun, understood
from portal.db.queries.paging import PAGE_SIZE, Count, Page, cut, decode, encode, scanned_count
from portal.db.queries.views import DeviceRow
from portal.db.words import typed_words
from portal.domain.reach import EVERYTHING, Reach

__all__ = ["DeviceFilter", "first_devices", "list_devices"]


def list_devices(
    connection: Connection,
    wanted: DeviceFilter,
    *,
    after: str | None = None,
    size: int = PAGE_SIZE,
    reach: Reach = EVERYTHING,
) -> Page[DeviceRow]:
    """One page of the devices that pass the filter, in order of registration or of expiry."""
    reading = understood(connection, wanted.text) if wanted.text else ""
    driver = driver_for(connection, wanted, typed_words(reading), reach)
    query = select(Device.id, Device.earliest_not_after).where(*driver.conditions, *driver.tests)
    page = _by_expiry(query, after, few=driver.few) if wanted.by_expiry else _by_number(query, after)
    rows, more = cut(connection.execute(page.limit(size + 1)).all(), size)
    place = _place(wanted, rows[-1]) if more else None
    return Page(
        device_rows(connection, [row.id for row in rows]),
        place,
        Count(len(rows)) if after is None and not more else _count(connection, driver),
        understood="" if reading == wanted.text else reading,
    )


def first_devices(connection: Connection, text: str, *, size: int, reach: Reach = EVERYTHING) -> Page[DeviceRow]:
    """The first few devices a text leads to, not counted: what is suggested while somebody types."""
    reading = understood(connection, text)
    words = typed_words(reading)
    if len(words) == 1 and reach.everything:
        found = devices_begun(connection, words[0], size + 1)
    else:
        driver = driver_for(connection, DeviceFilter(text=text), words, reach)
        query = select(Device.id).where(*driver.conditions, *driver.tests).order_by(Device.id)
        found = list(connection.execute(query.limit(size + 1)).scalars())
    shown = device_rows(connection, found[:size])
    return Page(shown, None, Count(len(shown), len(found) > size), understood="" if reading == text else reading)


def _by_expiry(query: AnySelect, after: str | None, *, few: bool) -> AnySelect:
    # what a few devices' own index brings is put in order; else the index of expiry has the order already
    end = beside(Device.earliest_not_after) if few else Device.earliest_not_after
    page = query.order_by(end, Device.id)
    return page if after is None else page.where(tuple_(end, Device.id) > tuple_(*decode(after, datetime, int)))


def _by_number(query: AnySelect, after: str | None) -> AnySelect:
    page = query.order_by(Device.id)
    return page if after is None else page.where(Device.id > decode(after, int)[0])


def _place(wanted: DeviceFilter, last: AnyRow) -> str:
    return encode(last.earliest_not_after, last.id) if wanted.by_expiry else encode(last.id)


def _count(connection: Connection, driver: Driver) -> Count:
    looked_at = select(Device.id).where(*driver.conditions)
    return scanned_count(connection, looked_at, Device, driver.tests)
