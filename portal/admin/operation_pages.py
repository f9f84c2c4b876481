"""What the dialogs of all operations share: the device, the page, and the way back."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from flask import Response, flash, request, url_for
from flask_login import current_user
from flask_wtf import FlaskForm

from portal.db.queries.device_life import life_of
from portal.domain.device_life import Operation
from portal.domain.errors import NotFound
from portal.web.current import portal
from portal.web.loading import device_of, presence_for
from portal.web.pages import page_address, page_or_fragment, whole_page
from portal.web.views_operation import About, Asked, operation_dialog

PAGE: Final = "admin/devices/operation.html"
FRAGMENT: Final = "admin/devices/_operation.html"
#: Operations that touch the token say whether it is plugged in.
ON_TOKEN: Final = frozenset({Operation.CHANGE_PIN, Operation.RESET_PIN, Operation.CLEAN})


def about(device_id: int) -> About:
    """The device as it stands now; raises NotFound, also for what the visitor may not see."""
    device = device_of(device_id)
    with portal().database.read() as connection:
        life = life_of(connection, device.id)
    if life is None:
        raise NotFound("device", id=str(device_id))
    return About(device, life)


def dialog_page(
    found: About, operation: Operation, form: FlaskForm, *, lines: Sequence[str], fields: Sequence[Asked]
) -> Response:
    """The dialog; with mistakes in its form it answers 422."""
    view = operation_dialog(found, operation, form, href=request.path, lines=lines, fields=fields)
    if operation in ON_TOKEN and not view.denied:
        view = replace(view, presence=presence_for(found.device))
    return page_or_fragment(PAGE, FRAGMENT, status=422 if form.errors else 200, operation=view)


def asked_by(form: Any) -> dict[str, Any]:
    """Who asks, his words, and the version his page showed."""
    comment = (form.comment.data or "").strip() if "comment" in form else ""
    return {"actor": current_user.login, "comment": comment, "version": form.shown_version}


def done(device_id: int, said: str) -> Response:
    """Back to the page the dialog was opened on, with a word about it."""
    flash(said, "fine")
    if not _seen(device_id):  # nobody holds it any more: it has left what a limited account sees
        return whole_page(url_for("admin.devices"))
    here = page_address()
    standing = here if here and not here.startswith(request.path) else None
    return whole_page(standing or url_for("admin.show_device", device_id=device_id))


def _seen(device_id: int) -> bool:
    try:
        device_of(device_id)
    except NotFound:
        return False
    return True
