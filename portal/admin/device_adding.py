"""Taking a device in: what was seen in a slot and is not in the list, or what somebody types."""

from flask import Response, flash, request, url_for
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.admin.device_holding import words_of
from portal.db.queries.device_life import known_serials
from portal.domain.errors import InvalidInput, PolicyForbids
from portal.domain.ids import DeviceId
from portal.domain.permissions import Permission
from portal.services.devices import DeviceDraft
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.editing import meant
from portal.web.errors import status_of
from portal.web.forms import show_errors
from portal.web.forms_life import AddForm
from portal.web.pages import page_or_fragment, see_other
from portal.web.translate import gettext as _
from portal.web.views_adding import Unknown, unknown_tokens
from portal.web.words.errors import of_error

PAGE = "admin/devices/new.html"
FRAGMENT = "admin/devices/_new.html"


@bp.get("/devices/new")
@requires(Permission.DEVICES_ADD)
def new_device() -> Response:
    """What is plugged in and unknown, and the form."""
    return _page(AddForm(request.args, meta={"csrf": False}))


@bp.post("/devices")
@requires(Permission.DEVICES_ADD)
def add_device() -> Response:
    """Take it in and show it."""
    form = AddForm()
    if not form.validate():
        return _page(form, 422)
    try:
        device = _added(form)
    except InvalidInput as error:
        show_errors(form, error)
        return _page(form, 422)
    except PolicyForbids as refused:
        form.form_errors.append(of_error(refused).text)
        return _page(form, status_of(refused))
    flash(_("The device is added"), "fine")
    return see_other(url_for("admin.show_device", device_id=device))


def _added(form: AddForm) -> DeviceId:
    holder = meant(form.holder.data or "", "holder")
    if holder is None and not reach().everything:  # nobody's device is outside of what he sees
        raise InvalidInput({"holder": "holder_needed"})
    draft = DeviceDraft(form.serial.data or "", type=form.kind.data or "", model=form.model.data or "")
    return portal().device_holding.add(draft, words_of(form), actor=current_user.login, holder=holder)


def _page(form: AddForm, status: int = 200) -> Response:
    later = reach().everything
    return page_or_fragment(PAGE, FRAGMENT, status=status, form=form, tokens=_unknown(), later=later)


def _unknown() -> tuple[Unknown, ...]:
    seen = portal().watch.all_seen()
    with portal().database.read() as connection:
        known = known_serials(connection, [sighting.serial for sighting in seen])
    return unknown_tokens(seen, known)
