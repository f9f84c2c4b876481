"""Devices: the list, the page, the card, and whether the token is plugged in."""

from flask import Response, request
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.db.queries.devices import list_devices
from portal.db.queries.policies import policy_options
from portal.db.queries.units import narrowed, unit_options
from portal.domain.permissions import Permission
from portal.web import device_pages
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.forms_directory import number
from portal.web.loading import card_of
from portal.web.pages import page_or_fragment
from portal.web.views_devices import Narrowing, device_lines, device_list, read_filter


@bp.get("/devices")
@requires(Permission.DEVICES_READ)
def devices() -> Response:
    """Devices that pass the filters of the address."""
    now = portal().clock.now()
    wanted, unit = read_filter(now), number(request.args.get("unit"))
    with portal().database.read() as connection:
        within = narrowed(connection, reach(), unit) if unit else reach()
        page = list_devices(connection, wanted, after=request.args.get("after") or None, reach=within)
        narrowing = Narrowing(policy_options(connection), unit_options(connection, reach=reach()))
    lines = device_lines(page.items, now, may_update=current_user.may(Permission.UPDATES_ORDER))
    view = device_list(page, wanted, lines, narrowing)
    may_add = current_user.may(Permission.DEVICES_ADD)
    return page_or_fragment("admin/devices/list.html", "admin/devices/_list.html", list=view, may_add=may_add)


@bp.get("/devices/<int:device_id>")
@requires(Permission.DEVICES_READ)
def show_device(device_id: int) -> Response:
    """One device on a page of its own."""
    return page_or_fragment("admin/devices/show.html", "devices/_card.html", card=card_of(device_id))


@bp.get("/devices/<int:device_id>/card")
@requires(Permission.DEVICES_READ)
def device_card(device_id: int) -> Response:
    """The card for a row that opens."""
    return device_pages.card_fragment(device_id)


@bp.get("/devices/<int:device_id>/state")
@requires(Permission.DEVICES_READ)
def device_state(device_id: int) -> Response:
    """The one thing to know about the device."""
    return device_pages.state_fragment(device_id)


@bp.get("/devices/<int:device_id>/presence")
@requires(Permission.DEVICES_READ)
def device_presence(device_id: int) -> Response:
    """Whether the token is plugged in."""
    return device_pages.presence_fragment(device_id)
