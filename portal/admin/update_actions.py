"""What a person does to a run: the PIN again, stop, settle; each a POST to a noun."""

from flask import Response
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.domain.ids import UpdateId
from portal.domain.permissions import Permission
from portal.web.access import requires
from portal.web.current import portal
from portal.web.dialog import acting
from portal.web.dialog.following import run_page
from portal.web.forms import SettlementForm
from portal.web.running import run_of
from portal.web.views_help import RunForms


@bp.post("/updates/<int:update_id>/pin")
@requires(Permission.UPDATES_ORDER)
def enter_pin(update_id: int) -> Response:
    """The PIN once more; the run goes on as soon as the token is there."""
    return acting.pin_again(update_id)


@bp.post("/updates/<int:update_id>/cancellation")
@requires(Permission.UPDATES_CANCEL)
def cancel_update(update_id: int) -> Response:
    """Stop after the step under way and undo what its item began; or leave behind what an undo cannot reach."""
    return acting.cancel_run(update_id)


@bp.post("/updates/<int:update_id>/settlement")
@requires(Permission.UPDATES_SETTLE)
def settle_update(update_id: int) -> Response:
    """A person says whether the step in doubt happened, or ends the run."""
    run_of(update_id)
    form = SettlementForm()
    if not form.validate():
        return run_page(update_id, RunForms(settlement=form), 422)
    updates, number, said = portal().updates, UpdateId(update_id), form.happened.data
    if said == "give_up":
        updates.give_up(number, form.comment.data or "", actor=current_user.login)
    else:
        updates.settle(number, said == "yes", form.comment.data or "", actor=current_user.login)
    return acting.back_to_run(update_id)
