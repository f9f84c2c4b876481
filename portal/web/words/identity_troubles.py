"""What kept a register from answering, in words; codes of the exchange stand in brackets, its texts nowhere."""

from typing import Final

from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l

TROUBLES: Final = {
    "silent": _l("Nobody has answered for a day. An answer that comes later still counts."),
    "signature": _l("The signature of the answer did not hold, so the answer does not count."),
    "claim": _l("The data were deleted before the answer came."),
    "waiting": _l("The exchange took the message and has not said yet what becomes of it."),
    "refused": _l("The exchange does not take this message."),
    "rejected": _l("The exchange has turned the message down."),
    "unreadable": _l("The answer is not one the register is known to give."),
    "unwritable": _l("The data do not fit what the register can be asked."),
    "ACCESS_DENIED": _l("The register refuses us: our right to ask it must be checked with the operator of СМЭВ."),
    "UNKNOWN_REQUEST_DESCRIPTION": _l("The register does not know this kind of question any more."),
    "FAILURE": _l("The register had a failure of its own."),
}


def trouble_words(code: str) -> str:
    """The sentence for a code a question keeps; one this version does not know is shown as it is."""
    known = TROUBLES.get(code.partition(":")[0])
    return str(known) if known is not None else _("The exchange did not take or answer it (%(code)s).", code=code)
