"""One's own devices: all of them, one, its card, and what it needs."""

from flask import Response
from flask_login import current_user

from portal.db.queries.agent_task_rows import task_of_update
from portal.db.queries.device_card import device_card as load
from portal.db.queries.device_life import life_of
from portal.db.queries.devices import DeviceFilter, list_devices
from portal.domain.errors import NotFound
from portal.domain.permissions import Permission
from portal.selfservice.blueprint import bp
from portal.selfservice.standing import Standing, standing
from portal.web import device_pages
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.loading import card_of
from portal.web.pages import page_or_fragment, see_other, wants_fragment
from portal.web.sides import side_url

STANDING = "selfservice/devices/_standing.html"


@bp.get("/")
@requires(Permission.SELF_DEVICES_READ)
def my_devices() -> Response:
    """The first page: each device with the one thing to know about it, what needs doing first."""
    with portal().database.read() as connection:
        own = list_devices(connection, DeviceFilter(), reach=reach()).items
    found = sorted((_standing(row.id) for row in own), key=lambda one: one.weight)
    return page_or_fragment("selfservice/devices/list.html", "selfservice/devices/_list.html", devices=found)


@bp.get("/devices/<int:device_id>")
@requires(Permission.SELF_DEVICES_READ)
def show_device(device_id: int) -> Response:
    """One device on a page of its own."""
    view = _standing(device_id)
    page, fragment = "selfservice/devices/show.html", "devices/_card.html"
    return page_or_fragment(page, fragment, standing=view, card=card_of(device_id))


@bp.get("/devices/<int:device_id>/standing")
@requires(Permission.SELF_DEVICES_READ)
def device_standing(device_id: int) -> Response:
    """What the device needs, for a page that shows it already."""
    if not wants_fragment():
        return see_other(side_url("show_device", device_id=device_id))
    return page_or_fragment(STANDING, STANDING, standing=_standing(device_id))


@bp.get("/devices/<int:device_id>/card")
@requires(Permission.SELF_DEVICES_READ)
def device_card(device_id: int) -> Response:
    """The card for a row that opens."""
    return device_pages.card_fragment(device_id)


@bp.get("/devices/<int:device_id>/state")
@requires(Permission.SELF_DEVICES_READ)
def device_state(device_id: int) -> Response:
    """The one thing to know about the device, for a row that is shown already."""
    if not wants_fragment():
        return see_other(side_url("show_device", device_id=device_id))
    return page_or_fragment(device_pages.SAID, device_pages.SAID, line=_standing(device_id))


@bp.get("/devices/<int:device_id>/presence")
@requires(Permission.SELF_DEVICES_READ)
def device_presence(device_id: int) -> Response:
    """Whether the token is plugged in."""
    return device_pages.presence_fragment(device_id)


def _standing(device_id: int) -> Standing:
    now = portal().clock.now()
    with portal().database.read() as connection:
        rows = load(connection, device_id, now, reach=reach())
        life = life_of(connection, device_id)
        update = rows.row.update
        remote = update is not None and task_of_update(connection, update) is not None
    if life is None:
        raise NotFound("device", id=str(device_id))
    # at a workstation the PIN is asked for there, so none is missing here
    alive = remote or (update is not None and portal().tickets.alive(update))
    return standing(rows, life, now, current_user.login, ticket_alive=alive)
