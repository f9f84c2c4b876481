"""Why a step waits, was refused or is stuck: what happened, why, what to do next, and what was not changed."""

import re
from dataclasses import dataclass
from typing import Final

from portal.domain.troubles import Trouble, Why
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l
from portal.web.words.ca_refusals import OF_REVOCATION, REFUSALS
from portal.web.words.register_refusals import REFUSALS as OF_REGISTERS
from portal.web.words.trouble_texts import DECIDED_HERE, TEXTS, UNCHANGED, Unchanged

#: So many things of one kind are named; of more it is said how many.
SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Explanation:
    """One trouble for people; ``detail`` is what the system outside said, in its own words.

    ``kind`` says how grave it is where that is more than the state of the update says.
    """

    title: str
    reason: str
    next_step: str
    unchanged: str
    detail: str = ""
    kind: str = ""


class _Words(dict[str, str]):
    """Data for a sentence; a missing datum reads as a dash instead of failing the page."""

    def __missing__(self, key: str) -> str:
        return "—"


def explain(why: Why) -> Explanation:
    """The trouble in words."""
    words = _Words(why.data)
    if "seen" in words:
        words["seen"] = _some(words["seen"].split(", "))
    text = DECIDED_HERE if why.get("approver") else TEXTS[why.trouble]
    refusal = _REFUSALS[why.trouble].get(why.detail) if why.trouble in _REFUSALS else None
    said = refusal or text
    return Explanation(
        title=str((refusal and refusal.title) or text.title) % words,
        reason=str(said.reason) % words,
        next_step=str(said.next_step) % words,
        unchanged=_unchanged(why),
        detail=(why.get("about") if refusal.aside else "") if refusal else _own_words(why),
        kind=_GRAVE.get(why.trouble, ""),
    )


def _own_words(why: Why) -> str:
    """What was said there, unless it is a mere name of what the title says already."""
    return "" if why.trouble in _GRAVE and _NAME.fullmatch(why.detail) else why.detail


_NAME: Final = re.compile(r"[A-Za-z]+")
#: What went wrong with a PIN or a token is more than waiting.
_GRAVE: Final = {
    Trouble.PIN_INCORRECT: "due",
    Trouble.PIN_LAST_TRY: "problem",
    Trouble.PIN_LOCKED: "problem",
    Trouble.TOKEN_REMOVED: "due",
    Trouble.WRONG_TOKEN: "due",
}


#: Refusals that tell by a code why.
_REFUSALS: Final = {Trouble.CA_REFUSED: REFUSALS, Trouble.REGISTER_REFUSED: OF_REGISTERS}


def trouble_title(why: Why) -> str:
    """What happened, alone."""
    return explain(why).title


def _some(names: list[str]) -> str:
    shown, more = ", ".join(names[:SHOWN]), len(names) - SHOWN
    return _("%(names)s and %(more)s more", names=shown, more=more) if more > 0 else shown


def _unchanged(why: Why) -> str:
    if why.trouble is Trouble.CA_REFUSED and why.detail in OF_REVOCATION:
        return str(SAFE[Unchanged.TOKEN_DONE])
    return str(SAFE[UNCHANGED.get(why.trouble, Unchanged.OLD_STAYS)])


SAFE: Final = {
    Unchanged.OLD_STAYS: _l("The certificates that worked before are still on the device."),
    Unchanged.NOTHING: _l("Nothing was changed on the device."),
    Unchanged.TOKEN_DONE: _l("The token itself is in order: only the record outside is missing."),
}


def no_explanation() -> Explanation:
    """For a state whose cause nobody wrote down."""
    return Explanation(_("The cause is not known"), "", _("See the journal of the update."), "")
