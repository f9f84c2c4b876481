"""Letters to people: what about, to whom, and how often the same one comes again."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum, unique
from typing import Final


@unique
class LetterKind(StrEnum):
    """What a letter tells of."""

    CONTENT_EXPIRING = "content_expiring"
    CONTENT_EXPIRED = "content_expired"
    POLICY_CHANGED = "policy_changed"
    UPDATE_WAITING = "update_waiting"
    UPDATE_DONE = "update_done"
    UPDATE_FAILED = "update_failed"
    COMMON_EXPIRING = "common_expiring"
    REPLACEMENT_OVER = "replacement_over"
    DIGEST = "digest"
    TEST = "test"


@unique
class Audience(StrEnum):
    """Who gets it."""

    HOLDER = "holder"
    MANAGER = "manager"
    ADMINISTRATORS = "administrators"


@unique
class LetterStatus(StrEnum):
    """Where a letter is; a refused one was not taken by the mail server, or nobody took it for days."""

    QUEUED = "queued"
    SENT = "sent"
    REFUSED = "refused"


#: Kinds a policy decides about; the others go to administrators by themselves.
BY_POLICY: Final = (
    LetterKind.CONTENT_EXPIRING,
    LetterKind.CONTENT_EXPIRED,
    LetterKind.POLICY_CHANGED,
    LetterKind.UPDATE_WAITING,
    LetterKind.UPDATE_DONE,
    LetterKind.UPDATE_FAILED,
)


@dataclass(frozen=True, slots=True)
class LetterRule:
    """To whom one kind of letter goes."""

    kind: LetterKind
    to: frozenset[Audience]


@dataclass(frozen=True, slots=True)
class NotificationRules:
    """The letters of a policy. One that stays true is sent again after ``resend_after``."""

    rules: tuple[LetterRule, ...] = (
        LetterRule(LetterKind.CONTENT_EXPIRING, frozenset({Audience.HOLDER})),
        LetterRule(LetterKind.CONTENT_EXPIRED, frozenset({Audience.HOLDER, Audience.MANAGER})),
        LetterRule(LetterKind.UPDATE_WAITING, frozenset({Audience.HOLDER})),
        LetterRule(LetterKind.UPDATE_FAILED, frozenset({Audience.ADMINISTRATORS})),
    )
    resend_after: timedelta = timedelta(days=7)

    def audiences(self, kind: LetterKind) -> frozenset[Audience]:
        """To whom letters of this kind go; nobody when there is no rule."""
        return next((rule.to for rule in self.rules if rule.kind is kind), frozenset())


USUAL_LETTERS: Final = NotificationRules()
