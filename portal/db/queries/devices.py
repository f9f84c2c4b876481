"""The list of devices: any filter, any depth.

Every combination of filters is driven by the index that leaves least to look at (``device_drivers``); the remaining
filters are tested on the rows that come from there. Looking stops when the page is full or patience is over: then the
page says how far it came, and the next one goes on there.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from portal.db.queries.device_drivers import Driver, driver_for
from portal.db.queries.device_filter import DeviceFilter
from portal.db.queries.device_looking import counted, look
from portal.db.queries.device_rows import device_rows
from portal.db.queries.hits import devices_begun, understood
from portal.db.queries.paging import PAGE_SIZE, Count, Page, cut, decode, encode
from portal.db.queries.stretches import Place
from portal.db.queries.views import DeviceRow
from portal.db.words import typed_words
from portal.domain.reach import EVERYTHING, Reach

__all__ = ["DeviceFilter", "first_devices", "list_devices"]

#: Of the people several common words lead to, so many are looked at for a few devices.
_ENOUGH: Final = 60


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
    found, stopped = look(connection, wanted, driver, _decoded(wanted, after), size=size)
    rows, more = cut(found, size)
    place = _place(rows[-1] if more else stopped)
    return Page(
        device_rows(connection, [row[-1] for row in rows]),
        place,
        _count(connection, driver, len(rows), whole=after is None and place is None, partly=stopped is not None),
        understood="" if reading == wanted.text else reading,
        partly=stopped is not None,
    )


def first_devices(connection: Connection, text: str, *, size: int, reach: Reach = EVERYTHING) -> Page[DeviceRow]:
    """The first few devices a text leads to, not counted: what is suggested while somebody types."""
    reading = understood(connection, text)
    words = typed_words(reading)
    if len(words) == 1 and reach.everything:
        found = devices_begun(connection, words[0], size + 1)
    else:
        wanted = DeviceFilter(text=text)
        driver = driver_for(connection, wanted, words, reach, people=_ENOUGH)
        rows, _ = look(connection, wanted, driver, None, size=size)
        found = [row[-1] for row in rows]
    shown = device_rows(connection, found[:size])
    return Page(shown, None, Count(len(shown), len(found) > size), understood="" if reading == text else reading)


def _count(connection: Connection, driver: Driver, shown: int, *, whole: bool, partly: bool) -> Count:
    return Count(shown, more=partly) if whole or partly else counted(connection, driver, shown)


def _decoded(wanted: DeviceFilter, after: str | None) -> Place | None:
    if after is None:
        return None
    return decode(after, datetime, int) if wanted.by_expiry else decode(after, int)


def _place(place: Place | None) -> str | None:
    return None if place is None else encode(*place)
