"""What a person does to a run: the PIN again, stop it."""

from flask import Response, request
from flask_login import current_user

from portal.domain.errors import InvalidInput
from portal.domain.ids import UpdateId
from portal.ports.token import Pin
from portal.web.current import portal
from portal.web.dialog.following import run_page
from portal.web.forms import PinForm, show_errors
from portal.web.pages import see_other
from portal.web.running import run_of
from portal.web.sides import side, side_url
from portal.web.views_help import RunForms


def pin_again(update_id: int) -> Response:
    """The PIN once more; the run goes on as soon as the token is there."""
    run_of(update_id)
    form = PinForm()
    if not form.validate():
        return run_page(update_id, RunForms(pin=form), 422)
    try:
        portal().updates.enter_pin(UpdateId(update_id), Pin(form.pin.data or ""), actor=current_user.login)
    except InvalidInput as error:
        show_errors(form, error)
        return run_page(update_id, RunForms(pin=form), 422)
    return back_to_run(update_id)


def cancel_run(update_id: int) -> Response:
    """Stop after the step under way and undo what its item began; a console may leave behind what is out of reach."""
    run_of(update_id)
    leave = request.form.get("leave_behind") == "yes" and not side().by_holder
    portal().updates.cancel(UpdateId(update_id), actor=current_user.login, leave_behind=leave)
    return back_to_run(update_id)


def back_to_run(update_id: int) -> Response:
    """Go and look what became of it."""
    return see_other(side_url("show_update", update_id=update_id))
