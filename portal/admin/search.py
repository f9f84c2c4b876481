"""One box for everything."""

from typing import Final

from flask import Response, request
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.db.queries.devices import DeviceFilter, first_devices
from portal.db.queries.paging import Count, Page
from portal.db.queries.people import search_people
from portal.db.queries.views import DeviceRow, PersonRow
from portal.domain.permissions import Permission
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.pages import page_or_fragment, wants_fragment
from portal.web.views_devices import Narrowing, device_lines, device_list
from portal.web.views_people import PeopleFilter, people_list
from portal.web.views_search import Found, Suggested, found, suggested

WHOLE: Final = 25
SHORT: Final = 6
PAGE: Final = "admin/search/show.html"
FRAGMENT: Final = "admin/search/_suggest.html"
NOTHING: Final[Page[DeviceRow]] = Page((), None, Count(0))


@bp.get("/search")
@requires(Permission.PEOPLE_READ)
def search() -> Response:
    """Everything the words lead to, as a page."""
    return page_or_fragment(PAGE, FRAGMENT, found=_suggested() if wants_fragment() else _found(WHOLE))


@bp.get("/suggest")
@requires(Permission.PEOPLE_READ)
def suggest() -> Response:
    """The first of them, under the box while typing."""
    return page_or_fragment(PAGE, FRAGMENT, found=_suggested() if wants_fragment() else _found(SHORT))


def _suggested() -> Suggested:
    text = _typed()
    return suggested(text, *_look(text, SHORT))


def _found(limit: int) -> Found:
    text, now = _typed(), portal().clock.now()
    people, devices = _look(text, limit)
    lines = device_lines(devices.items, now, may_update=current_user.may(Permission.UPDATES_ORDER))
    listed = device_list(devices, DeviceFilter(text=text), lines, Narrowing())
    return found(text, people_list(people, PeopleFilter(text), (), now=now), listed)


def _typed() -> str:
    return request.args.get("q", "").strip()[:200]


def _look(text: str, limit: int) -> tuple[Page[PersonRow], Page[DeviceRow]]:
    with portal().database.read() as connection:
        people = search_people(connection, text, limit=limit, reach=reach())
        return people, first_devices(connection, text, size=limit, reach=reach()) if text else NOTHING
