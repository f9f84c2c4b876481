"""What a workstation is told when it is not let in, and an administrator when somebody was first."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from flask_babel import LazyString

from portal.web.translate import lazy_gettext as _l

Data = Mapping[str, str]
Worded = tuple[str, str, str]


def _plain(_data: Data, *, title: LazyString, text: LazyString) -> Worded:
    return "problem", str(title), str(text)


def _says(title: LazyString, text: LazyString) -> Callable[[Data], Worded]:
    return partial(_plain, title=title, text=text)


_NEW_CODE: Final = _l("Ask the administrator of the portal for a new one-time code.")
_ENROL: Final = _l("Enrol this workstation again, or ask the administrator of the portal.")

REFUSALS: Final[Mapping[str, Callable[[Data], Worded]]] = {
    "agent_updates_off": _says(
        _l("The policy lets no agent update this device"),
        _l("Nothing was changed. Connect the token to the portal, or have the policy changed."),
    ),
    "not_through_agent": _says(
        _l("This update cannot be done at a workstation"),
        _l("Nothing was changed. The token is initialised by it: connect it to the portal."),
    ),
    "agent_code_wrong": _says(_l("This one-time code is not known"), _NEW_CODE),
    "agent_code_of_another_portal": _says(
        _l("This one-time code is of another portal"), _l("Check the address, or ask for a code of this portal.")
    ),
    "agent_code_expired": _says(_l("This one-time code has expired"), _NEW_CODE),
    "agent_code_used": _says(_l("This one-time code was used already"), _NEW_CODE),
    "agent_code_over": _says(
        _l("The one-time code is over already"), _l("Nothing was changed. It was used, withdrawn or forgotten.")
    ),
    "agent_ticket_unknown": _says(_l("This enrolment is not known any more"), _ENROL),
    "agent_enrolments_crowded": _says(
        _l("Too many workstations ask to be let in at once"), _l("Try again later; nothing is lost.")
    ),
    "agent_decided": _says(
        _l("Somebody has decided about this workstation already"),
        _l("Nothing was changed. Reload the page to see how it is now."),
    ),
    "agent_front_only": _says(
        _l("Agents have an address of their own"),
        _l("Take the address that the page of agents in the portal shows."),
    ),
    "agent_certificate_missing": _says(_l("This workstation showed no certificate"), _ENROL),
    "agent_certificate_foreign": _says(_l("The certificate of this workstation is not of this portal"), _ENROL),
    "agent_certificate_expired": _says(_l("The certificate of this workstation has expired"), _ENROL),
    "agent_certificate_replaced": _says(_l("This certificate was replaced by a newer one"), _ENROL),
    "agent_unknown": _says(_l("This workstation is not known to the portal"), _ENROL),
    "agent_revoked": _says(
        _l("This workstation was shut out"), _l("Ask the administrator of the portal why, and enrol it again.")
    ),
    "agent_other_person": _says(
        _l("This token is not yours"), _l("The policy lets only its holder update it at his own workstation.")
    ),
    "epoch_over": _says(
        _l("Somebody else carries this task out now"), _l("What was reported late is left; the portal looks itself.")
    ),
    "report_differs": _says(
        _l("Something else was reported before"), _l("What was reported first stays; the audit log tells of this.")
    ),
    "task_over": _says(_l("The task is over"), _l("Nothing was changed. There is nothing more to do for it.")),
    "task_taken": _says(
        _l("Another workstation has this task"), _l("Nothing was changed. It is offered again when that falls silent.")
    ),
}
