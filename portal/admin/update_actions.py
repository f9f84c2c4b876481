"""What a person does to a run: the PIN again, stop, settle, track; each a POST to a noun."""

from typing import Final

from flask import Response, request, url_for
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.domain.errors import InvalidInput
from portal.domain.ids import UpdateId
from portal.domain.permissions import Permission
from portal.ports.token import Pin
from portal.web.access import requires
from portal.web.current import portal
from portal.web.forms import PinForm, SettlementForm, show_errors
from portal.web.pages import page_or_fragment, see_other
from portal.web.running import run_of
from portal.web.views_help import RunForms

PAGE: Final = "updates/dialog_page.html"
RUN: Final = "updates/_show.html"


@bp.post("/updates/<int:update_id>/pin")
@requires(Permission.UPDATES_ORDER)
def enter_pin(update_id: int) -> Response:
    """The PIN once more; the run goes on as soon as the token is there."""
    form = PinForm()
    if not form.validate():
        return _again(update_id, RunForms(pin=form))
    try:
        portal().updates.enter_pin(UpdateId(update_id), Pin(form.pin.data or ""), actor=current_user.login)
    except InvalidInput as error:
        show_errors(form, error)
        return _again(update_id, RunForms(pin=form))
    return _back(update_id)


@bp.post("/updates/<int:update_id>/cancellation")
@requires(Permission.UPDATES_CANCEL)
def cancel_update(update_id: int) -> Response:
    """Stop after the step under way and undo what its item began; or leave behind what an undo cannot reach."""
    leave = request.form.get("leave_behind") == "yes"
    portal().updates.cancel(UpdateId(update_id), actor=current_user.login, leave_behind=leave)
    return _back(update_id)


@bp.post("/updates/<int:update_id>/settlement")
@requires(Permission.UPDATES_SETTLE)
def settle_update(update_id: int) -> Response:
    """A person says whether the step in doubt happened."""
    form = SettlementForm()
    if not form.validate():
        return _again(update_id, RunForms(settlement=form))
    happened, comment = form.happened.data == "yes", form.comment.data or ""
    portal().updates.settle(UpdateId(update_id), happened, comment, actor=current_user.login)
    return _back(update_id)


def _again(update_id: int, forms: RunForms) -> Response:
    return page_or_fragment(PAGE, RUN, status=422, progress=run_of(update_id, forms), fragment=RUN)


def _back(update_id: int) -> Response:
    return see_other(url_for("admin.show_update", update_id=update_id))
