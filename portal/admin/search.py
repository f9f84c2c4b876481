"""One box for everything."""

from typing import Final

from flask import Response, request
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.db.queries.devices import DeviceFilter, first_devices
from portal.db.queries.paging import Count, Page
from portal.db.queries.people import search_people
from portal.db.queries.views import DeviceRow
from portal.domain.permissions import Permission
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.pages import page_or_fragment
from portal.web.views_devices import device_lines, device_list
from portal.web.views_people import PeopleFilter, people_list
from portal.web.views_search import Found, found

WHOLE: Final = 25
SHORT: Final = 6
NOTHING: Final[Page[DeviceRow]] = Page((), None, Count(0))


@bp.get("/search")
@requires(Permission.PEOPLE_READ)
def search() -> Response:
    """Everything the words lead to, as a page."""
    return page_or_fragment("admin/search/show.html", "admin/search/_suggest.html", found=_find(WHOLE))


@bp.get("/suggest")
@requires(Permission.PEOPLE_READ)
def suggest() -> Response:
    """The first of them, under the box while typing."""
    return page_or_fragment("admin/search/show.html", "admin/search/_suggest.html", found=_find(SHORT))


def _find(limit: int) -> Found:
    text, now = request.args.get("q", "").strip()[:200], portal().clock.now()
    wanted = DeviceFilter(text=text)
    with portal().database.read() as connection:
        people = search_people(connection, text, limit=limit, reach=reach())
        devices = first_devices(connection, text, size=limit, reach=reach()) if text else NOTHING
    may_update = current_user.may(Permission.UPDATES_ORDER)
    lines = device_lines(devices.items, now, may_update=may_update)
    return found(text, people_list(people, PeopleFilter(text), (), now=now), device_list(devices, wanted, lines, ()))
