"""Cleaning a device: what goes and what stays, the PIN, then a run like any other."""

from typing import Final

from flask import Response, url_for
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.admin.operation_pages import about, dialog_page
from portal.domain.device_life import Allowed, Operation, decide
from portal.domain.errors import InvalidInput
from portal.domain.permissions import Permission
from portal.domain.plan_clean import CleaningChoices
from portal.ports.token import Pin
from portal.services.device_cleaning import Cleaning, Shown
from portal.services.update_requests import check_pin
from portal.web.access import demand_permission, requires
from portal.web.current import portal
from portal.web.forms import show_errors
from portal.web.forms_life import CleanForm
from portal.web.pages import see_other
from portal.web.sides import may
from portal.web.translate import gettext as _
from portal.web.views_operation import About, Asked
from portal.web.words.plan import item_sentence

SECRET: Final = {"autocomplete": "off", "spellcheck": "false"}


@bp.get("/devices/<int:device_id>/cleaning")
@requires(Permission.DEVICES_CLEAN)
def cleaning(device_id: int) -> Response:
    """What would go."""
    return _page(about(device_id), CleanForm(formdata=None))


@bp.post("/devices/<int:device_id>/cleaning")
@requires(Permission.DEVICES_CLEAN)
def clean_device(device_id: int) -> Response:
    """Order it, hand the PIN over and follow it."""
    found, form = about(device_id), CleanForm()
    if not form.validate() or not _usable(found, form):
        return _page(found, form)
    shown = Shown(_chosen(form), form.content_hash.data or "", (form.comment.data or "").strip(), form.shown_version)
    update = portal().device_cleaning.order(found.device.id, shown, actor=current_user.login)
    portal().updates.enter_pin(update, Pin(form.pin.data or ""), actor=current_user.login)
    return see_other(url_for("admin.show_update", update_id=update))


def _chosen(form: CleanForm) -> CleaningChoices:
    if form.give_up_keys.data:
        demand_permission(Permission.CERTIFICATES_FORGET_KEY)
    return CleaningChoices(revoke_all=bool(form.revoke_all.data), give_up_keys=bool(form.give_up_keys.data))


def _usable(found: About, form: CleanForm) -> bool:
    try:
        check_pin(portal().tickets, found.device.serial, Pin(form.pin.data or ""))
    except InvalidInput as error:
        show_errors(form, error)
        return False
    return True


def _page(found: About, form: CleanForm) -> Response:
    if not isinstance(decide(Operation.CLEAN, found.life.standing), Allowed):
        return dialog_page(found, Operation.CLEAN, form, lines=[], fields=[])
    known = portal().device_cleaning.plan(found.device.id, _chosen(form))
    form.content_hash.data = known.plan.content_hash
    return dialog_page(found, Operation.CLEAN, form, lines=_lines(known), fields=_fields(form, known))


def _lines(known: Cleaning) -> list[str]:
    return [*map(item_sentence, known.plan.items), _("The device is assigned to its holder as before, and empty")]


def _fields(form: CleanForm, known: Cleaning) -> list[Asked]:
    guarded = ", ".join(known.guarded)
    mail = [Asked(form.give_up_keys, _("Without them old letters cannot be read: %(names)s", names=guarded))]
    return [
        Asked(form.content_hash),
        Asked(form.revoke_all, _("Otherwise only those whose template says so")),
        *(mail if guarded and may(Permission.CERTIFICATES_FORGET_KEY) else []),
        Asked(form.pin, _("The PIN is used once and is stored nowhere"), "input--pin", SECRET),
        Asked(form.comment, _("Goes into the history and the audit log"), attrs={"rows": "2"}),
    ]
