"""Changing the PIN of one's own token: ordered here, carried out by a run like everything that touches a token."""

from typing import Final

from flask import Response
from flask_login import current_user

from portal.db.queries.views import DeviceRow
from portal.domain.errors import InvalidInput
from portal.domain.ids import DeviceId
from portal.domain.permissions import Permission
from portal.domain.self_service import SelfServiceRule
from portal.ports.token import Pin
from portal.selfservice.blueprint import bp
from portal.selfservice.forms import PinChangeForm
from portal.web.access import requires
from portal.web.current import portal
from portal.web.forms import show_errors
from portal.web.loading import device_of, presence_for
from portal.web.pages import page_or_fragment, see_other
from portal.web.sides import side_url

PAGE: Final = "selfservice/devices/pin.html"


@bp.get("/devices/<int:device_id>/pin")
@requires(Permission.SELF_PIN_CHANGE)
def pin_change(device_id: int) -> Response:
    """The form."""
    return _page(_own(device_id), PinChangeForm(formdata=None))


@bp.post("/devices/<int:device_id>/pin")
@requires(Permission.SELF_PIN_CHANGE)
def change_pin(device_id: int) -> Response:
    """Order the change and follow it."""
    device, form = _own(device_id), PinChangeForm()
    if not form.validate():
        return _page(device, form, 422)
    old, new = Pin(form.pin.data or ""), Pin(form.new_pin.data or "")
    try:
        update = portal().own_devices.change_pin(DeviceId(device_id), old, new, actor=current_user.login)
    except InvalidInput as error:
        show_errors(form, error)
        return _page(device, form, 422)
    return see_other(side_url("show_update", update_id=update))


def _own(device_id: int) -> DeviceRow:
    device = device_of(device_id)
    portal().own_devices.demand(device.id, SelfServiceRule.CHANGE_PIN)
    return device


def _page(device: DeviceRow, form: PinChangeForm, status: int = 200) -> Response:
    rules = portal().device_pins.rules(device.id)
    view = {"device": device, "form": form, "rules": rules, "presence": presence_for(device)}
    return page_or_fragment(PAGE, PAGE, status=status, **view)
