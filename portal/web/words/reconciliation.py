"""Findings of the reconciliation in words: what was found, why it matters, what may be done and what that does."""

from typing import Final

from portal.domain.drift import Decision, DriftKind, DriftState, Stage
from portal.domain.troubles import Trouble, why
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l
from portal.web.words.troubles import trouble_title

KINDS: Final = {
    DriftKind.HALF_DONE: _l("Issued and used by nobody"),
    DriftKind.NOBODYS_ORDER: _l("Issued without an order of ours"),
    DriftKind.REVOKED_THERE: _l("Revoked at the authority, valid here"),
    DriftKind.UNKNOWN_THERE: _l("Unknown to the authority"),
    DriftKind.REVOCATION_LOST: _l("Revoked here, valid at the authority"),
    DriftKind.OURS_WITHOUT_ROW: _l("On the token, and not in the database"),
    DriftKind.GONE: _l("In the database, and not on the token"),
    DriftKind.DEBT_OVERDUE: _l("An update that was given up still owes an undo"),
    DriftKind.ORDER_WAITING: _l("An order nobody waits for"),
}
WHY: Final = {
    DriftKind.HALF_DONE: _l("The certificate is valid, and nobody watches it: nobody would renew or revoke it."),
    DriftKind.NOBODYS_ORDER: _l(
        "Either the database was restored from a copy that is older than the certificate, or somebody else orders "
        "in our name."
    ),
    DriftKind.REVOKED_THERE: _l("The portal takes the certificate for valid; its holder is turned away with it."),
    DriftKind.UNKNOWN_THERE: _l(
        "The authority cannot revoke what it does not know. Its database may have been restored from an older copy."
    ),
    DriftKind.REVOCATION_LOST: _l("Whoever has the token can go on using a certificate that was to be revoked."),
    DriftKind.OURS_WITHOUT_ROW: _l("Nobody would renew it or take it away, and it fills the token."),
    DriftKind.GONE: _l("The holder lacks a certificate the portal takes for present."),
    DriftKind.DEBT_OVERDUE: _l("What was to be undone may still be in force: a certificate, or an order for one."),
    DriftKind.ORDER_WAITING: _l(
        "Once it is approved, a certificate comes into being that nobody has asked for any more."
    ),
}
STATES: Final = {
    DriftState.OPEN: _l("Waits for a decision"),
    DriftState.MENDING: _l("Being mended"),
    DriftState.ACCEPTED: _l("Explained"),
    DriftState.CLOSED: _l("Agree again"),
}
STATE_KINDS: Final = {
    DriftState.OPEN: "problem",
    DriftState.MENDING: "waiting",
    DriftState.ACCEPTED: "neutral",
    DriftState.CLOSED: "fine",
}
DECISIONS: Final = {
    Decision.USE: _l("Use it: write it to the token"),
    Decision.REVOKE: _l("Revoke it"),
    Decision.WITHDRAW: _l("Take the order back"),
    Decision.PAY: _l("Try now"),
    Decision.BELIEVE: _l("Believe the authority"),
    Decision.KEEP: _l("Take it into the database"),
    Decision.CLEAN: _l("Take it off the token"),
    Decision.REVIEW: _l("Bring it back with the next update"),
    Decision.ACCEPT: _l("Explain it and leave it as it is"),
    Decision.LOOK: _l("Look again"),
}
EFFECTS: Final = {
    Decision.USE: _l(
        "An update is ordered that takes the certificate the authority issued then, writes it where its key is "
        "and proves it. It asks for the PIN; no second certificate is issued."
    ),
    Decision.REVOKE: _l("The authority is told to revoke it, at most once; the database says so then."),
    Decision.WITHDRAW: _l("The authority is told to forget the order; what it issued meanwhile is revoked."),
    Decision.PAY: _l("The authority is asked at once instead of at the next look."),
    Decision.BELIEVE: _l("The database says what the authority says, and the device is judged anew."),
    Decision.KEEP: _l("The database says that it is on the token; nothing is done at the authority or on the token."),
    Decision.CLEAN: _l("It is noted as left behind: the next update of the device takes it away."),
    Decision.REVIEW: _l("The device is judged now; it counts as due, and its update issues the certificate anew."),
    Decision.ACCEPT: _l("Nothing is done. Your comment goes into the audit log, and the finding leaves the list."),
    Decision.LOOK: _l("All sides are asked again. The finding closes when they agree."),
}
STAGES: Final = {
    Stage.DEBTS: _l("debts of updates"),
    Stage.ORDERS: _l("orders without an answer"),
    Stage.LISTS: _l("lists of the authorities"),
    Stage.CERTIFICATES: _l("certificates of the database"),
    Stage.TOKENS: _l("tokens that were seen"),
    Stage.FINDINGS: _l("earlier findings"),
}


def mending_trouble(code: str) -> str:
    """Why what was decided could not be done yet."""
    if code == "ca_unknown":
        return _("the authority is no longer connected")
    return trouble_title(why(Trouble(code))) if code in set(Trouble) else code
