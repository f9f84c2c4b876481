"""Errors in words: what happened, and what to do next."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from portal.domain.device import DeviceState
from portal.domain.errors import Conflict, Forbidden, InvalidInput, NotFound, OutsideUnavailable, PortalError
from portal.web.sides import side
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l
from portal.web.words import (
    access_refusals,
    connector_refusals,
    device_life,
    directory,
    exchange,
    given,
    policy_refusals,
)
from portal.web.words.actors import actor_name
from portal.web.words.names import permission_name
from portal.web.words.refusals import REFUSALS
from portal.web.words.statuses import STATUSES, SYSTEMS
from portal.web.words.steps import device_state


@dataclass(frozen=True, slots=True)
class Said:
    """What a toast or an error page says; ``kind`` colours it."""

    kind: str
    title: str
    text: str = ""


def of_error(error: PortalError) -> Said:
    """The words of a refusal the product made on purpose."""
    worded = ERRORS.get(error.code)
    if worded is not None:
        return worded(error)
    if error.code in REFUSALS:
        return Said(*REFUSALS[error.code](error.data))
    return next((make(error) for kind, make in KINDS.items() if isinstance(error, kind)), _refused(error))


def of_status(code: int) -> Said:
    """The words of an answer the web layer itself refuses."""
    title, text = STATUSES.get(code, STATUSES[400])
    return Said("problem", str(title), str(text))


def form_too_old() -> Said:
    """The form's token is missing, or older than the session."""
    return Said("problem", _("The form is too old"), _("Nothing was changed. Reload the page and send the form again."))


def incident(number: str) -> Said:
    """Our mistake: people get its number, details are in the log."""
    text = _("Tell the administrator this number: %(number)s. The details are in the log of the server.", number=number)
    return Said("problem", _("The portal made a mistake"), text)


def field_message(code: str) -> str:
    """The message beside a field, by the code a service gave it."""
    return str(FIELDS.get(code, FIELDS["invalid"]))


def _refused(_error: PortalError) -> Said:
    return Said(
        "problem",
        _("This is not possible now"),
        _("Nothing was changed. Reload the page to see how it is now; if it stays so, tell the administrator."),
    )


def _not_found(_error: PortalError) -> Said:
    text = _("It may have been removed, or the address is mistyped. Look for it with the search box.")
    return Said("problem", _("There is no such record"), text)


def _forbidden(error: PortalError) -> Said:
    text = _(
        "Nothing was changed. Your role does not allow you to: %(permission)s. Ask an administrator.",
        permission=permission_name(error.data.get("permission", "")),
    )
    return Said("problem", _("You may not do this"), text)


def _conflict(_error: PortalError) -> Said:
    return Said(
        "problem", _("Somebody else was first"), _("Nothing was changed. Reload the page to see how it is now.")
    )


def _unavailable(error: PortalError) -> Said:
    title = SYSTEMS.get(error.code, _l("A system outside does not answer"))
    return Said("problem", str(title), _("Nothing was changed. Try again in a minute."))


def _already_running(error: PortalError) -> Said:
    who = actor_name(error.data.get("by") or error.data.get("who") or _("somebody else"))
    text = _("You see the same update. It was started by %(who)s.", who=who)
    return Said("waiting", _("The device is already being updated"), text)


def _update_over(_error: PortalError) -> Said:
    text = _("Nothing was changed. Look at its summary, or start a new update.")
    return Said("due", _("The update is already over"), text)


def _update_stuck(_error: PortalError) -> Said:
    text = _("Nothing was changed. Say first whether the step in doubt took effect.")
    return Said("problem", _("The update needs a decision first"), text)


def _not_stuck(_error: PortalError) -> Said:
    text = _("Nothing was changed. Somebody has decided it already, or the update went on by itself.")
    return Said("due", _("There is nothing to settle any more"), text)


def _going_back(_error: PortalError) -> Said:
    text = _("Nothing was changed. What was begun is being undone already; there is nothing more to stop.")
    return Said("due", _("The update is already going back"), text)


def _not_going_back(_error: PortalError) -> Said:
    text = _("Nothing was changed. Only an update that is undoing what it began can be left as it is; stop it first.")
    return Said("due", _("The update is not going back"), text)


def _nothing_to_do(_error: PortalError) -> Said:
    return Said("fine", _("There is nothing to do"), _("The device is in line with its policy already."))


def _plan_problem(error: PortalError) -> Said:
    name, field = error.data.get("name", ""), error.data.get("field", "")
    text = _(
        "“%(name)s” cannot be issued: the holder lacks %(field)s. Nothing was changed. Fill it in with the person.",
        name=name,
        field=field or "—",
    )
    return Said("problem", _("The update cannot be ordered like this"), text)


def _device_state(error: PortalError) -> Said:
    state = error.data.get("state", "")
    name = device_state(DeviceState(state)) if state in set(DeviceState) else state
    text = _(
        "Its state is “%(state)s”; only assigned, pending and issued devices are updated. Nothing was changed. "
        "The device card shows what can be done with it.",
        state=name,
    )
    return Said("problem", _("A device in this state is not updated"), text)


def _no_policy(_error: PortalError) -> Said:
    text = _("Give a policy to the holder's unit or group, then come back.")
    asked = _("Tell your administrator. The certificates that are on it go on working.")
    title = _("No policy is assigned to the holder of the device")
    return Said("problem", title, asked if side().by_holder else text)


def _holder_inactive(_error: PortalError) -> Said:
    text = _("Nothing was changed. Take the device back or revoke it, or activate the person again.")
    return Said("problem", _("The holder is disabled in the directory"), text)


def _no_mail_server(_error: PortalError) -> Said:
    text = _("Name one in the setting KLYUCHNIK_MAIL_URL and start the portal again.")
    return Said("problem", _("No mail server is named"), text)


def _approval_over(error: PortalError) -> Said:
    if by := error.data.get("by"):
        return Said("due", _("Somebody has decided already"), _("Nothing was changed. It was %(who)s.", who=by))
    return Said(
        "due", _("The request was withdrawn"), _("Nothing was changed. The update that asked for it was cancelled.")
    )


def _foreign_origin(_error: PortalError) -> Said:
    text = _("Nothing was changed. Open the portal itself and repeat the action there.")
    return Said("problem", _("The request came from another site"), text)


def _plan_changed(_error: PortalError) -> Said:
    text = _("Nothing was changed on the device. Below is the new plan: check it and confirm again.")
    return Said("due", _("The device has changed since the plan was shown"), text)


def _worded(error: PortalError, words: Callable[[PortalError], tuple[str, str]]) -> Said:
    title, text = words(error)
    return Said("problem", title, text)


#: By code first: what we can say more exactly than its kind.
ERRORS: Final[dict[str, Callable[[PortalError], Said]]] = {
    **{code: partial(_worded, words=words) for code, words in device_life.REFUSALS.items()},
    "update_running": _already_running,
    "update_over": _update_over,
    "update_stuck": _update_stuck,
    "update_going_back": _going_back,
    "update_not_going_back": _not_going_back,
    "not_stuck": _not_stuck,
    "nothing_to_do": _nothing_to_do,
    "plan_problem": _plan_problem,
    "device_state": _device_state,
    "no_policy": _no_policy,
    "holder_inactive": _holder_inactive,
    "foreign_origin": _foreign_origin,
    "no_mail_server": _no_mail_server,
    "letters_changed": _conflict,
    "contents_changed": _plan_changed,
    "approval_over": _approval_over,
}

KINDS: Final[dict[type[PortalError], Callable[[PortalError], Said]]] = {
    InvalidInput: lambda _error: Said(
        "problem", _("Please correct the form"), _("Nothing was changed. Go back and send it again.")
    ),
    NotFound: _not_found,
    Forbidden: _forbidden,
    Conflict: _conflict,
    OutsideUnavailable: _unavailable,
}

FIELDS: Final = {
    **access_refusals.FIELDS,
    **connector_refusals.FIELDS,
    **directory.FIELDS,
    **exchange.FIELDS,
    **device_life.FIELDS,
    **given.FIELDS,
    **policy_refusals.FIELDS,
    "invalid": _l("This value cannot be used"),
    "required": _l("Fill this in"),
    "too_long": _l("This is too long"),
    "too_short": _l("This is too short"),
    "pin_length": _l("The PIN is shorter or longer than the token allows"),
    "pin_repeated": _l("This token has already refused this very PIN: enter another one"),
    "bad_address": _l("This is not a mail address"),
    "no_such_group": _l("The directory has no group of this name"),
    "agent_not_accepted": _l("This workstation may not be given work"),
    "task_time": _l("Choose a day from today to a year ahead"),
    "out_of_range": _l("This is outside of what is possible"),
    "bad_cursor": _l("This place in the list does not exist any more"),
}
