"""The first two steps of an update: the plan, then the PIN that starts it."""

from typing import Final

from flask import Response, request
from flask_login import current_user

from portal.db.queries.views import DeviceRow
from portal.domain.errors import Conflict, InvalidInput
from portal.domain.ids import DeviceId
from portal.domain.pin_rules import pin_fault
from portal.ports.token import Pin
from portal.services.update_requests import check_pin
from portal.web.choices import Arguments, as_query, read_choices, write_choices
from portal.web.current import portal
from portal.web.forms import PinForm, show_errors
from portal.web.loading import Reviewed, allowed_choices, device_of, presence_for, reviewed
from portal.web.pages import page_or_fragment, see_other
from portal.web.sides import side, side_url
from portal.web.views_plan import foreign_found, pin_step, plan_review

PAGE: Final = "updates/dialog_page.html"
PLAN: Final = "updates/_new.html"
PIN: Final = "updates/_pin.html"


def plan_page(device_id: int) -> Response:
    """Step 1: why, and exactly what will change; an update under way is shown instead."""
    device = device_of(device_id)
    if device.update is not None:
        return see_other(side_url("show_update", update_id=device.update))
    found = reviewed(device, request.args)
    view = plan_review(
        found.device,
        found.plan,
        found.findings,
        presence_for(device),
        rights=found.rights,
        identity=found.identity,
    )
    return page_or_fragment(PAGE, PLAN, review=view, fragment=PLAN)


def pin_page(device_id: int) -> Response:
    """Step 2: the token and its PIN; a plan that is no longer the one shown is shown again first."""
    device = device_of(device_id)
    found = reviewed(device, request.args)
    if found.plan.content_hash != request.args.get("content_hash"):
        return see_other(_plan_again(device_id, request.args))
    return _pin_form(found, PinForm(formdata=None))


def order_update(device_id: int) -> Response:
    """Order the update and hand over its PIN; what changed meanwhile leads back to the plan or to the run."""
    device, form = device_of(device_id), PinForm()
    choices, shown = allowed_choices(request.form), request.form.get("content_hash", "")
    if not _usable(device, form) or not _may_be_set(device, form):
        return _pin_form(reviewed(device, request.form), form, 422)
    actor, by_holder = current_user.login, side().by_holder
    try:
        update = portal().updates.order(DeviceId(device_id), choices, shown, actor=actor, by_holder=by_holder)
    except Conflict as conflict:
        return see_other(_instead(device_id, conflict))
    portal().updates.enter_pin(update, Pin(form.pin.data or ""), actor=actor)
    return see_other(side_url("show_update", update_id=update))


def _usable(device: DeviceRow, form: PinForm) -> bool:
    if not form.validate():
        return False
    try:
        check_pin(portal().tickets, device.serial, Pin(form.pin.data or ""))
    except InvalidInput as error:
        show_errors(form, error)
        return False
    return True


def _may_be_set(device: DeviceRow, form: PinForm) -> bool:
    """A PIN that is to be set by an initialisation keeps the rules of the policy, and is typed twice."""
    if not reviewed(device, request.form).plan.initializes:
        return True
    pin = form.pin.data or ""
    fault = "pin_differs" if form.again.data != pin else pin_fault(pin, portal().device_pins.rules(device.id))
    if fault:
        show_errors(form, InvalidInput({"pin": fault}))
    return not fault


def _pin_form(found: Reviewed, form: PinForm, status: int = 200) -> Response:
    tracking = foreign_found(found.findings) and found.rights.track
    presence = presence_for(found.device)
    view = pin_step(found.device, found.plan, presence, form, tracking=tracking, identity=found.identity)
    return page_or_fragment(PAGE, PIN, status=status, order=view, fragment=PIN)


def _instead(device_id: int, conflict: Conflict) -> str:
    running = device_of(device_id).update
    if running is not None:
        return side_url("show_update", update_id=running)
    if conflict.code == "contents_changed":
        return _plan_again(device_id, request.form)
    raise conflict


def _plan_again(device_id: int, arguments: Arguments) -> str:
    chosen = as_query(write_choices(read_choices(arguments)))
    return side_url("new_update", device_id=device_id, changed=1, **chosen)
