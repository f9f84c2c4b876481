"""Who holds a device and what it is called: each a dialog, then a POST."""

from typing import Final

from flask import Response, request
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.admin.operation_pages import about, asked_by, dialog_page, done
from portal.db.queries.device_card import device_card
from portal.db.queries.people import search_people
from portal.db.queries.views import PersonRow
from portal.domain.device_life import Operation
from portal.domain.errors import InvalidInput
from portal.domain.permissions import Permission
from portal.ports.token import Pin
from portal.services.device_holding import DeviceWords
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.forms import show_errors
from portal.web.forms_directory import number
from portal.web.forms_life import AssignForm, EditForm, LifeForm
from portal.web.loading import person_of
from portal.web.translate import gettext as _
from portal.web.views_operation import About, Asked

ROWS: Final = {"rows": "2"}
SHOWN: Final = 8


@bp.get("/devices/<int:device_id>/assignment")
@requires(Permission.DEVICES_ASSIGN)
def assignment(device_id: int) -> Response:
    """To whom; people are found by what is typed."""
    return _assign_page(about(device_id), AssignForm(request.args, meta={"csrf": False}))


@bp.post("/devices/<int:device_id>/assignment")
@requires(Permission.DEVICES_ASSIGN)
def assign_device(device_id: int) -> Response:
    """Assign it to the person that was chosen; without one the people found are shown."""
    found, form = about(device_id), AssignForm()
    if not form.person.data:
        return _assign_page(found, form)
    holder = person_of(number(form.person.data)).row
    portal().device_holding.assign(found.device.id, holder.id, **asked_by(form))
    return done(device_id, _("The device is assigned to %(name)s", name=holder.name))


@bp.get("/devices/<int:device_id>/unassignment")
@requires(Permission.DEVICES_ASSIGN)
def unassignment(device_id: int) -> Response:
    """What taking it back means."""
    return _unassign_page(about(device_id), LifeForm(formdata=None))


@bp.post("/devices/<int:device_id>/unassignment")
@requires(Permission.DEVICES_ASSIGN)
def unassign_device(device_id: int) -> Response:
    """Take it from its holder."""
    found, form = about(device_id), LifeForm()
    if not form.validate():
        return _unassign_page(found, form)
    portal().device_holding.unassign(found.device.id, **asked_by(form))
    return done(device_id, _("The device was taken from its holder"))


@bp.get("/devices/<int:device_id>/editing")
@requires(Permission.DEVICES_EDIT)
def device_editing(device_id: int) -> Response:
    """Label, comment, tags, administrator PIN."""
    found = about(device_id)
    with portal().database.read() as connection:
        card = device_card(connection, device_id, portal().clock.now(), reach=reach())
    known = {"label": card.row.label, "comment": card.comment, "tags": ", ".join(card.story.tags)}
    return _edit_page(found, EditForm(formdata=None, data=known))


@bp.post("/devices/<int:device_id>/editing")
@requires(Permission.DEVICES_EDIT)
def edit_device(device_id: int) -> Response:
    """Keep what was written."""
    found, form = about(device_id), EditForm()
    if not form.validate():
        return _edit_page(found, form)
    try:
        portal().device_holding.edit(
            found.device.id, words_of(form), actor=current_user.login, version=form.shown_version
        )
    except InvalidInput as error:
        show_errors(form, error)
        return _edit_page(found, form)
    return done(device_id, _("Saved"))


def words_of(form: EditForm) -> DeviceWords:
    """What the form says of a device."""
    so_pin = Pin(form.so_pin.data) if form.so_pin.data else None
    tags = tuple((form.tags.data or "").split(","))
    return DeviceWords((form.label.data or "").strip(), (form.comment.data or "").strip(), tags, so_pin)


def _assign_page(found: About, form: AssignForm) -> Response:
    text = (form.q.data or "").strip()[:200]
    people = _found_by(text)
    form.offer(people)
    hint = _("Surname, login or e-mail; the beginning of a word is enough")
    fields = [Asked(form.q, hint, attrs={"autofocus": True})]
    if people:
        fields += [Asked(form.person), Asked(form.comment, _("Goes into the history and the audit log"), attrs=ROWS)]
    lines = [_("The device is the person's from now on; nothing is written to it yet")]
    if text and not people:
        lines = [_("Nobody was found by “%(words)s”", words=text)]
    return dialog_page(found, Operation.ASSIGN, form, lines=lines, fields=fields)


def _found_by(text: str) -> tuple[PersonRow, ...]:
    if not text:
        return ()
    with portal().database.read() as connection:
        return tuple(search_people(connection, text, limit=SHOWN, active=True, reach=reach()).items)


def _unassign_page(found: About, form: LifeForm) -> Response:
    lines = [_("%(holder)s holds the device no more; its history stays", holder=found.device.holder or "—")]
    fields = [Asked(form.comment, _("Goes into the history and the audit log"), attrs=ROWS)]
    return dialog_page(found, Operation.UNASSIGN, form, lines=lines, fields=fields)


def _edit_page(found: About, form: EditForm) -> Response:
    secret = _("Kept sealed, shown nowhere; with it the portal can reset a locked PIN. Leave it empty to keep what is.")
    fields = [
        Asked(form.label, _("The device is found by it")),
        Asked(form.comment, attrs=ROWS),
        Asked(form.tags, _("Separated by commas")),
        Asked(form.so_pin, secret, "input--pin", {"autocomplete": "off", "spellcheck": "false"}),
    ]
    return dialog_page(found, Operation.EDIT, form, lines=[], fields=fields)
