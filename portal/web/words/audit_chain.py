"""The chain of the audit log in words: whether it holds."""

from typing import Final

from portal.services.audit_reading import ChainState
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l
from portal.web.words.dates import dated

FAULTS: Final = {
    "changed": _l("it was changed"),
    "removed": _l("it was removed"),
    "moved": _l("it stands in another place"),
    "added": _l("it was slipped in"),
    "cut": _l("it and all after it were cut off"),
}


def chain_sentence(state: ChainState) -> str:
    """What the last walk along the chain found."""
    when = dated(state.at)
    if not state.fault:
        return _("All %(lines)s lines held when last checked: %(when)s.", lines=state.checked, when=when)
    said = str(FAULTS.get(state.fault, state.fault))
    text = _(
        "Line %(line)s: %(fault)s. The %(lines)s lines before it hold. Checked: %(when)s.",
        fault=said,
        line=state.line,
        lines=state.checked,
        when=when,
    )
    advice = _("Compare with the copy of the log kept outside and find out who may write to the database.")
    return f"{text} {advice}"
