"""Replacing a device, for good or until a day, and giving the old one back."""

from datetime import UTC, datetime, time
from typing import Final

from flask import Response, flash, url_for
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.admin.operation_pages import about, dialog_page, done
from portal.db.queries.device_card import device_number
from portal.domain.device_life import Operation
from portal.domain.errors import InvalidInput, NotFound
from portal.domain.permissions import Permission
from portal.services.device_replacing import ReplacementWish
from portal.web.access import requires
from portal.web.current import portal
from portal.web.forms import show_errors
from portal.web.forms_life import ReplaceForm
from portal.web.loading import device_of
from portal.web.pages import whole_page
from portal.web.translate import gettext as _
from portal.web.views_operation import About, Asked

PLAIN: Final = {"autocomplete": "off", "spellcheck": "false"}


@bp.get("/devices/<int:device_id>/replacement")
@requires(Permission.DEVICES_REPLACE)
def replacement(device_id: int) -> Response:
    """By which device, and for how long."""
    return _page(about(device_id), ReplaceForm(formdata=None, data={"lasting": "good"}))


@bp.post("/devices/<int:device_id>/replacement")
@requires(Permission.DEVICES_REPLACE)
def replace_device(device_id: int) -> Response:
    """Write it down and go on with the new device."""
    found, form = about(device_id), ReplaceForm()
    if not form.validate():
        return _page(found, form)
    try:
        _within_reach(form.serial.data or "")
        new = portal().device_replacing.replace(_wish(found, form))
    except InvalidInput as error:
        show_errors(form, error)
        return _page(found, form)
    flash(_("This device takes the place of %(serial)s: issue it now", serial=found.device.serial), "fine")
    return whole_page(url_for("admin.show_device", device_id=new))


@bp.post("/devices/<int:device_id>/replacements/<int:number>/end")
@requires(Permission.DEVICES_REPLACE)
def end_replacement(device_id: int, number: int) -> Response:
    """Give the old device back."""
    device = device_of(device_id)
    portal().device_replacing.give_back(number, device=device.id, actor=current_user.login)
    return done(device_id, _("The old device is given back"))


def _within_reach(serial: str) -> None:
    """Somebody who sees a part of the devices takes the new one out of that part; raises InvalidInput."""
    try:
        with portal().database.read() as connection:
            number = device_number(connection, serial.strip())
        device_of(number)
    except NotFound:
        raise InvalidInput({"serial": "device_unknown"}) from None


def _wish(found: About, form: ReplaceForm) -> ReplacementWish:
    day = form.until.data if form.lasting.data == "until" else None
    until = datetime.combine(day, time(20, 59, 59), UTC) if day else None
    comment = (form.comment.data or "").strip()
    serial = form.serial.data or ""
    return ReplacementWish(found.device.id, serial, current_user.login, until, comment, form.shown_version)


def _page(found: About, form: ReplaceForm) -> Response:
    lines = [
        _("The new device becomes the same person's, and both cards name each other"),
        _("For good: this device is revoked as soon as the new one is issued"),
        _("Until a day: this device is disabled, and may be given back on that day"),
    ]
    fields = [
        Asked(form.serial, _("A free device of the list, or one the holder has already"), attrs=PLAIN),
        Asked(form.lasting),
        Asked(form.until),
        Asked(form.comment, _("Goes into the history and the audit log"), attrs={"rows": "2"}),
    ]
    return dialog_page(found, Operation.REPLACE, form, lines=lines, fields=fields)
