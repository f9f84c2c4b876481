"""What a plan is made of: actions, choices, lines, warnings."""

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

from portal.domain.certificate import TemplateKey
from portal.domain.device import AppliedPolicy
from portal.domain.findings import Finding
from portal.domain.policy import Register


@unique
class Action(StrEnum):
    """What a plan item does, as people are told."""

    KEEP = "keep"
    ISSUE = "issue"  # nothing (usable) there: new key, new certificate
    RENEW = "renew"  # new certificate with a new key, then the old pair goes
    RENEW_SAME_KEY = "renew_same_key"
    RETAIN = "retain"  # kept as history: the only key that opens old mail
    DELETE = "delete"
    OFFER = "offer"  # optional, not on the device, not chosen: nothing happens
    WRITE_COMMON = "write_common"
    REPLACE_COMMON = "replace_common"
    DELETE_COMMON = "delete_common"
    CLEAN = "clean"  # a leftover of an earlier update
    TRACK_ONLY = "track_only"  # tracked or foreign: shown, never touched
    APPLY_POLICY = "apply_policy"  # from now on the device answers to this policy; no step of its own
    REGISTER = "register"
    WITHDRAW = "withdraw"
    ERASE = "erase"  # the device is cleaned of what we wrote; a person asked for it
    INITIALIZE = "initialize"  # everything on the token goes; it gets a label and new PINs
    CHANGE_PIN = "change_pin"
    RESET_PIN = "reset_pin"


#: Actions that order a certificate at a CA.
ISSUING: Final = frozenset({Action.ISSUE, Action.RENEW, Action.RENEW_SAME_KEY})

#: Actions that write something to the token.
WRITING: Final = ISSUING | {Action.WRITE_COMMON, Action.REPLACE_COMMON}

#: Actions that only take something away.
DELETING: Final = frozenset({Action.DELETE, Action.DELETE_COMMON, Action.CLEAN, Action.ERASE})

_QUIET: Final = frozenset({Action.KEEP, Action.OFFER, Action.TRACK_ONLY})


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person chose in the dialog.

    ``optional`` and ``optional_commons`` are the optional templates and common certificates that shall be on the
    device; None keeps what is there. ``drop_history`` are fingerprints of decryption certificates whose keys a person
    with the permission gives up. ``remove_first`` are names out of ``SpaceWarning.may_go_first`` that shall go before
    new ones are written, when the token is too full; others in it are ignored. ``wipe``: what others put on a token
    may go when it is initialised.
    """

    optional: frozenset[TemplateKey] | None = None
    optional_commons: frozenset[str] | None = None
    drop_history: frozenset[str] = frozenset()
    remove_first: frozenset[str] = frozenset()
    wipe: bool = False


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One line of the plan with the findings that caused it.

    ``because`` is empty for lines that change nothing (KEEP, OFFER, TRACK_ONLY and RETAIN of old history), and where a
    person asked for nothing but this (a cleaning, a PIN).
    ``fingerprint`` and ``key_id`` are the certificate on the device it is about (kept, renewed, deleted); ``name`` is
    what people call it. ``optional`` items may be switched in the dialog; ``selected`` tells how they stand now.
    ``revokes``: the old certificate is revoked at its CA at the end. ``retains``: the old pair stays on the token as
    history. ``first``: the old one goes before anything is written, because a person chose so to make room, or
    because nothing is lost (a common certificate without its key).
    """

    action: Action
    name: str
    because: tuple[Finding, ...] = ()
    template: TemplateKey | None = None
    fingerprint: str = ""
    key_id: str = ""
    common: str = ""
    register: Register | None = None
    optional: bool = False
    selected: bool = True
    qualified: bool = False
    revokes: bool = False
    retains: bool = False
    first: bool = False

    @property
    def quiet(self) -> bool:
        """Whether this line changes nothing."""
        return self.action in _QUIET or (self.action is Action.RETAIN and not self.because)

    @property
    def removes(self) -> bool:
        """Whether something that is on the device now goes because of this line."""
        replaced = self.action in WRITING and bool(self.fingerprint) and not self.retains
        return replaced or self.action in DELETING


@dataclass(frozen=True, slots=True)
class SpaceWarning:
    """The token cannot hold old and new together: bytes needed and free (both estimates), and what can go first.

    ``may_go_first`` holds fingerprints, or the key id of a leftover key without a certificate.
    """

    needed: int
    free: int
    may_go_first: tuple[str, ...]


@unique
class Obstacle(StrEnum):
    """Why a plan cannot be ordered as it stands."""

    NO_HOLDER = "no_holder"
    FIELD_EMPTY = "field_empty"
    FOREIGN_LOST = "foreign_lost"
    NO_SO_PIN = "no_so_pin"


@dataclass(frozen=True, slots=True)
class PlanProblem:
    """An obstacle, told before anybody is asked for a PIN.

    ``name`` is the certificate, ``field`` the subject field that comes out empty for this holder.
    """

    obstacle: Obstacle
    name: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class UpdatePlan:
    """Everything one update will do, in order, bound to the contents it was made from.

    A plan with ``problems`` cannot be ordered.
    """

    policy: AppliedPolicy
    policy_name: str
    items: tuple[PlanItem, ...]
    content_hash: str
    choices: Choices
    space: SpaceWarning | None = None
    problems: tuple[PlanProblem, ...] = ()

    @property
    def initializes(self) -> bool:
        """Whether it begins with wiping the token."""
        return any(item.action is Action.INITIALIZE for item in self.items)

    @property
    def empty(self) -> bool:
        """Whether nothing would change."""
        return all(item.quiet for item in self.items)
