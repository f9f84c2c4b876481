"""The first two steps of an update: the plan, then the PIN that starts it."""

from typing import Final

from flask import Response, request, url_for
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.db.queries.views import DeviceRow
from portal.domain.errors import Conflict, InvalidInput
from portal.domain.ids import DeviceId
from portal.domain.permissions import Permission
from portal.ports.token import Pin
from portal.services.update_requests import check_pin
from portal.web.access import requires
from portal.web.choices import Arguments, as_query, read_choices, write_choices
from portal.web.current import portal
from portal.web.forms import PinForm, show_errors
from portal.web.loading import Reviewed, device_of, presence_for, reviewed
from portal.web.pages import address, page_or_fragment, see_other
from portal.web.views_plan import foreign_found, plan_review
from portal.web.views_plan import pin_step as pin_view

PAGE: Final = "updates/dialog_page.html"
PLAN: Final = "updates/_new.html"
PIN: Final = "updates/_pin.html"


@bp.get("/devices/<int:device_id>/updates/new")
@requires(Permission.UPDATES_ORDER)
def new_update(device_id: int) -> Response:
    """Step 1: why, and exactly what will change; an update under way is shown instead."""
    device = device_of(device_id)
    if device.update is not None:
        return see_other(url_for("admin.show_update", update_id=device.update))
    found = reviewed(device, request.args)
    may_forget = current_user.may(Permission.CERTIFICATES_FORGET_KEY)
    view = plan_review(found.device, found.plan, found.findings, presence_for(device), may_forget=may_forget)
    return page_or_fragment(PAGE, PLAN, review=view, fragment=PLAN)


@bp.get("/devices/<int:device_id>/updates/pin")
@requires(Permission.UPDATES_ORDER)
def pin_step(device_id: int) -> Response:
    """Step 2: the token and its PIN; a plan that is no longer the one shown is shown again first."""
    device = device_of(device_id)
    found = reviewed(device, request.args)
    if found.plan.content_hash != request.args.get("content_hash"):
        return see_other(_plan_again(device_id, request.args))
    return _pin_page(found, PinForm(formdata=None))


@bp.post("/devices/<int:device_id>/updates")
@requires(Permission.UPDATES_ORDER)
def order_update(device_id: int) -> Response:
    """Order the update and hand over its PIN; what changed meanwhile leads back to the plan or to the run."""
    device, form = device_of(device_id), PinForm()
    if not _usable(device, form):
        return _pin_page(reviewed(device, request.form), form, 422)
    choices, shown = read_choices(request.form), request.form.get("content_hash", "")
    try:
        update = portal().updates.order(DeviceId(device_id), choices, shown, actor=current_user.login)
    except Conflict as conflict:
        return see_other(_instead(device_id, conflict))
    portal().updates.enter_pin(update, Pin(form.pin.data or ""), actor=current_user.login)
    return see_other(url_for("admin.show_update", update_id=update))


def _usable(device: DeviceRow, form: PinForm) -> bool:
    if not form.validate():
        return False
    try:
        check_pin(portal().tickets, device.serial, Pin(form.pin.data or ""))
    except InvalidInput as error:
        show_errors(form, error)
        return False
    return True


def _pin_page(found: Reviewed, form: PinForm, status: int = 200) -> Response:
    tracking = foreign_found(found.findings)
    view = pin_view(found.device, found.plan, presence_for(found.device), form, tracking=tracking)
    return page_or_fragment(PAGE, PIN, status=status, order=view, fragment=PIN)


def _instead(device_id: int, conflict: Conflict) -> str:
    running = device_of(device_id).update
    if running is not None:
        return url_for("admin.show_update", update_id=running)
    if conflict.code == "contents_changed":
        return _plan_again(device_id, request.form)
    raise conflict


def _plan_again(device_id: int, arguments: Arguments) -> str:
    chosen = as_query(write_choices(read_choices(arguments)))
    return address("admin.new_update", chosen, device_id=device_id, changed=1)
