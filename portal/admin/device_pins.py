"""Changing and resetting the PIN of a device: ordered here, carried out by a run like everything on a token."""

from typing import Final

from flask import Response, url_for
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.admin.operation_pages import about, dialog_page
from portal.domain.device_life import Operation
from portal.domain.errors import InvalidInput
from portal.domain.permissions import Permission
from portal.ports.token import Pin
from portal.web.access import requires
from portal.web.current import portal
from portal.web.forms import show_errors
from portal.web.forms_life import ChangePinForm, NewPinForm
from portal.web.pages import see_other
from portal.web.translate import gettext as _
from portal.web.views_operation import About, Asked

SECRET: Final = {"autocomplete": "off", "spellcheck": "false"}


@bp.get("/devices/<int:device_id>/pin")
@requires(Permission.DEVICES_CHANGE_PIN)
def pin_change(device_id: int) -> Response:
    """The old PIN and the new one."""
    return _change_page(about(device_id), ChangePinForm(formdata=None))


@bp.post("/devices/<int:device_id>/pin")
@requires(Permission.DEVICES_CHANGE_PIN)
def change_pin(device_id: int) -> Response:
    """Order the change and follow it."""
    found, form = about(device_id), ChangePinForm()
    if not form.validate():
        return _change_page(found, form)
    old, new = Pin(form.pin.data or ""), Pin(form.new_pin.data or "")
    given = {"actor": current_user.login, "version": form.shown_version}
    try:
        update = portal().device_pins.change(found.device.id, old, new, **given)
    except InvalidInput as error:
        show_errors(form, error)
        return _change_page(found, form)
    return see_other(url_for("admin.show_update", update_id=update))


@bp.get("/devices/<int:device_id>/pin-reset")
@requires(Permission.DEVICES_RESET_PIN)
def pin_reset(device_id: int) -> Response:
    """The new PIN."""
    return _reset_page(about(device_id), NewPinForm(formdata=None))


@bp.post("/devices/<int:device_id>/pin-reset")
@requires(Permission.DEVICES_RESET_PIN)
def reset_pin(device_id: int) -> Response:
    """Order the reset and follow it."""
    found, form = about(device_id), NewPinForm()
    if not form.validate():
        return _reset_page(found, form)
    given = {"actor": current_user.login, "version": form.shown_version}
    try:
        update = portal().device_pins.reset(found.device.id, Pin(form.new_pin.data or ""), **given)
    except InvalidInput as error:
        show_errors(form, error)
        return _reset_page(found, form)
    return see_other(url_for("admin.show_update", update_id=update))


def _change_page(found: About, form: ChangePinForm) -> Response:
    lines = [_("The new PIN is set on the token; nothing else on it is touched"), _once()]
    fields = [Asked(form.pin, css="input--pin", attrs=SECRET), *_new(found, form)]
    return dialog_page(found, Operation.CHANGE_PIN, form, lines=lines, fields=fields)


def _reset_page(found: About, form: NewPinForm) -> Response:
    lines = [
        _("The new PIN is set with the administrator PIN the portal keeps; a locked PIN is free again"),
        _("Keys and certificates stay as they are"),
        _once(),
    ]
    return dialog_page(found, Operation.RESET_PIN, form, lines=lines, fields=_new(found, form))


def _new(found: About, form: NewPinForm) -> list[Asked]:
    if found.life.holder is None:
        return []
    rules = portal().device_pins.rules(found.device.id)
    hint = _("From %(least)s to %(most)s characters", least=rules.pin_min_length, most=rules.pin_max_length)
    return [Asked(form.new_pin, hint, "input--pin", SECRET), Asked(form.again, "", "input--pin", SECRET)]


def _once() -> str:
    return _("No PIN is stored: each is used once, for minutes")
