"""Kinds, addressees and states of letters in words."""

from typing import Final

from portal.domain.letters import Audience, LetterKind, LetterStatus
from portal.web.translate import lazy_gettext as _l

KINDS: Final = {
    LetterKind.CONTENT_EXPIRING: _l("Certificates expire soon"),
    LetterKind.CONTENT_EXPIRED: _l("Certificates have expired"),
    LetterKind.POLICY_CHANGED: _l("The policy has changed"),
    LetterKind.UPDATE_WAITING: _l("An update waits"),
    LetterKind.UPDATE_DONE: _l("An update was completed"),
    LetterKind.UPDATE_FAILED: _l("An update failed"),
    LetterKind.COMMON_EXPIRING: _l("Common certificates expire soon"),
    LetterKind.REPLACEMENT_OVER: _l("A replacement is over"),
    LetterKind.DIGEST: _l("Daily digest"),
    LetterKind.TEST: _l("Test of the mail"),
}

AUDIENCES: Final = {
    Audience.HOLDER: _l("to the holder"),
    Audience.MANAGER: _l("to his manager"),
    Audience.ADMINISTRATORS: _l("to administrators"),
}

STATUSES: Final = {
    LetterStatus.QUEUED: ("waiting", _l("In the queue")),
    LetterStatus.SENT: ("fine", _l("Sent")),
    LetterStatus.REFUSED: ("problem", _l("Not taken")),
}


def kind_title(kind: LetterKind) -> str:
    """What the letter tells of."""
    return str(KINDS[kind])


def audience_title(audience: Audience) -> str:
    """Who gets it."""
    return str(AUDIENCES[audience])


def status_title(status: LetterStatus) -> tuple[str, str]:
    """Kind of badge and words."""
    kind, title = STATUSES[status]
    return kind, str(title)
