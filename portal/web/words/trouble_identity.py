"""The texts of troubles with the check of a person's data, and of the exchange it goes through."""

from typing import Final, NamedTuple

from flask_babel import LazyString

from portal.domain.troubles import Trouble
from portal.web.translate import lazy_gettext as _l


class Text(NamedTuple):
    """The three sentences of a trouble."""

    title: LazyString
    reason: LazyString
    next_step: LazyString


BY_ITSELF: Final = _l("You need do nothing: the portal tries again by itself, at growing intervals.")

IDENTITY_TEXTS: Final = {
    Trouble.IDENTITY_NEEDED: Text(
        _l("The person's data must be confirmed first"),
        _l("The policy issues a qualified certificate only after registers of the state have confirmed whose it is."),
        _l("Fill in the person's data; the update goes on by itself after the confirmation."),
    ),
    Trouble.IDENTITY_ASKED: Text(
        _l("The person's data are being checked"),
        _l("Registers of the state were asked and have not all answered yet."),
        _l("You need do nothing: the update goes on by itself after the last answer. You may close this window."),
    ),
    Trouble.IDENTITY_REFUTED: Text(
        _l("The person's data were not confirmed"),
        _l("A register of the state knows something else. No certificate was ordered, the device is as it was."),
        _l("Compare the data with the documents, correct them and ask again, or cancel the update."),
    ),
    Trouble.IDENTITY_NOT_FOUND: Text(
        _l("The person was not found in a register of the state"),
        _l("There is no record with these data. No certificate was ordered, the device is as it was."),
        _l("Compare the spelling of names and numbers with the documents and ask again, or cancel the update."),
    ),
    Trouble.IDENTITY_SILENT: Text(
        _l("A register of the state does not answer"),
        _l("The question was sent and has not been answered, or could not be."),
        _l("An answer that comes later counts. An operator may repeat the question; nothing is lost meanwhile."),
    ),
    Trouble.SMEV_UNAVAILABLE: Text(
        _l("SMEV does not answer"),
        _l("It is out of reach or overloaded, or the signing service is down."),
        BY_ITSELF,
    ),
    Trouble.SMEV_REFUSED: Text(
        _l("SMEV refused the message"),
        _l("The message does not meet its rules, or its id cannot be used again."),
        _l("An operator can send the question anew, when the cause is gone."),
    ),
    Trouble.SMEV_MISCONFIGURED: Text(
        _l("SMEV does not let this system ask"),
        _l("The certificate has expired or is not registered, or there is no access to this kind of information."),
        _l("Ask an administrator to check the SMEV settings; the questions wait meanwhile."),
    ),
}
