"""What a person reads while registers are asked and when they have answered, and what he can do next."""

from typing import Final, NamedTuple

from flask_babel import LazyString

from portal.domain.identity_check import CheckState, Verdict
from portal.web.translate import lazy_gettext as _l


class Ending(NamedTuple):
    """What happened, what it means, and what to do: for a console, and for the holder himself."""

    title: LazyString
    text: LazyString
    next_step: LazyString
    holder: LazyString


_NOTHING_ORDERED: Final = _l("No certificate was ordered, and the device is as it was.")
NEEDED: Final = Ending(
    _l("The person's data must be confirmed first"),
    _l("The policy issues a qualified certificate only after registers of the state have confirmed whose it is."),
    _l("Fill in the person's data; the update goes on by itself after the confirmation."),
    _l("Fill in your data; the update goes on by itself after the confirmation."),
)
#: A confirmation there was, and it does not hold any more.
LAPSED: Final = Ending(
    _l("The person's data must be confirmed anew"),
    _l("The last confirmation is too old by the policy, or the directory has changed since."),
    _l("Look through the data and ask again; the update goes on by itself after the confirmation."),
    _l("Look through your data and ask again; the update goes on by itself after the confirmation."),
)
ENDINGS: Final = {
    Verdict.PENDING: Ending(
        _l("The registers are being asked"),
        _l("Usually it takes minutes, sometimes days."),
        _l("You need do nothing: the update goes on by itself after the last answer. You may close this window."),
        _l("You need do nothing: the update goes on by itself after the last answer. You may close this page."),
    ),
    Verdict.CONFIRMED: Ending(
        _l("The data are confirmed"),
        _l("Every register has confirmed them."),
        _l("You need do nothing: the update goes on by itself."),
        _l("You need do nothing: the update goes on by itself."),
    ),
    Verdict.REFUTED: Ending(
        _l("The data were not confirmed"),
        _NOTHING_ORDERED,
        _l("Compare the data with the documents, correct them and ask again, or cancel the update."),
        _l("Compare the data with your documents, correct them and ask again, or cancel the update."),
    ),
    Verdict.NOT_FOUND: Ending(
        _l("The person was not found in a register"),
        _NOTHING_ORDERED,
        _l("Compare the spelling of names and numbers with the documents and ask again, or cancel the update."),
        _l("Compare the spelling of names and numbers with your documents and ask again, or cancel the update."),
    ),
    Verdict.NO_ANSWER: Ending(
        _l("A register does not answer"),
        _l("Nothing is lost: an answer that comes later counts, and the portal asks again by itself."),
        _l("You need do nothing. If the register works again, you can repeat the question now."),
        _l("You need do nothing: the update goes on by itself after the answer. You may close this page."),
    ),
}
KINDS: Final = {
    Verdict.PENDING: "waiting",
    Verdict.CONFIRMED: "fine",
    Verdict.REFUTED: "problem",
    Verdict.NOT_FOUND: "problem",
    Verdict.NO_ANSWER: "due",
}
#: Colour and icon of a register's line.
LOOKS: Final = {
    CheckState.QUEUED: ("pending", "pending"),
    CheckState.SENT: ("running", "running"),
    CheckState.PROCESSING: ("running", "running"),
    CheckState.CONFIRMED: ("fine", "fine"),
    CheckState.REFUTED: ("problem", "problem"),
    CheckState.NOT_FOUND: ("problem", "problem"),
    CheckState.NO_ANSWER: ("due", "due"),
}
