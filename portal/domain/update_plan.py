"""From findings to an ordered plan: make before break, nothing foreign touched, no step without a reason."""

from dataclasses import dataclass
from enum import StrEnum, unique

from portal.domain.certificate import TemplateKey
from portal.domain.device import AppliedPolicy
from portal.domain.policy import Register
from portal.domain.update_reasons import Finding


@unique
class Action(StrEnum):
    """What a plan item does, as people are told."""

    KEEP = "keep"
    ISSUE = "issue"  # nothing there: new key, new certificate
    RENEW = "renew"  # new certificate with a new key, then the old pair goes
    RENEW_SAME_KEY = "renew_same_key"
    RETAIN = "retain"  # kept as history: the only key that opens old mail
    DELETE = "delete"
    WRITE_COMMON = "write_common"
    REPLACE_COMMON = "replace_common"
    DELETE_COMMON = "delete_common"
    CLEAN = "clean"  # a leftover of an earlier update
    TRACK_ONLY = "track_only"  # tracked or foreign: shown, never touched
    REGISTER = "register"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person chose in the dialog.

    ``optional`` and ``optional_commons`` are the optional templates and common certificates that shall be on the device; None keeps what is there.
    ``drop_history`` are fingerprints of decryption certificates whose keys a person with the permission gives up.
    ``remove_first`` are fingerprints that may go before new ones are written, when the token is too full;
    only certificates the plan deletes anyway, or that are no longer usable, are taken.
    """

    optional: frozenset[TemplateKey] | None = None
    optional_commons: frozenset[str] | None = None
    drop_history: frozenset[str] = frozenset()
    remove_first: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One line of the plan with the findings that caused it (``because`` is empty only for KEEP, RETAIN of old history, TRACK_ONLY).

    ``fingerprint`` is the certificate on the device it is about (kept, renewed, deleted); ``name`` what people call it.
    ``optional`` items may be switched in the dialog; ``selected`` tells how they stand now.
    ``retains`` marks that the old pair stays on the token as history.
    """

    action: Action
    name: str
    because: tuple[Finding, ...] = ()
    template: TemplateKey | None = None
    fingerprint: str = ""
    common: str = ""
    register: Register | None = None
    optional: bool = False
    selected: bool = True
    qualified: bool = False
    revokes: bool = False
    retains: bool = False


@dataclass(frozen=True, slots=True)
class SpaceWarning:
    """The token cannot hold old and new together: bytes needed and free, and what can go first."""

    needed: int
    free: int
    may_go_first: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UpdatePlan:
    """Everything one update will do, in order, bound to the contents it was made from."""

    policy: AppliedPolicy
    policy_name: str
    items: tuple[PlanItem, ...]
    content_hash: str
    choices: Choices
    space: SpaceWarning | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing would change."""
        return all(i.action in {Action.KEEP, Action.RETAIN, Action.TRACK_ONLY} for i in self.items)
