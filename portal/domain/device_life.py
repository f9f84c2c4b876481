"""The life of a device: what may be done with it in which state, what it becomes, and why something may not be done.

One table decides; services obey it, and the buttons of the card come from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

from portal.domain.device import DeviceState


@unique
class Operation(StrEnum):
    """What people do with a device around its updates; registers an update could not tell are told by the portal."""

    ADD = "add"
    ASSIGN = "assign"
    UNASSIGN = "unassign"
    ISSUE = "issue"
    DISABLE = "disable"
    ENABLE = "enable"
    REVOKE = "revoke"
    WITHDRAW = "withdraw"
    REPLACE = "replace"
    CLEAN = "clean"
    RESET_PIN = "reset_pin"
    CHANGE_PIN = "change_pin"
    EDIT = "edit"
    TELL_REGISTERS = "tell_registers"


@unique
class Denial(StrEnum):
    """Why an operation is not allowed now."""

    UNKNOWN = "unknown"  # the portal does not know this device
    KNOWN = "known"  # it does already
    HELD = "held"  # somebody holds it
    NOT_HELD = "not_held"
    NOT_ISSUED = "not_issued"
    PENDING = "pending"  # its update waits for a decision
    ISSUED = "issued"
    DISABLED = "disabled"
    NOT_DISABLED = "not_disabled"
    REVOKED = "revoked"
    NOT_REVOKED = "not_revoked"
    RUNNING = "running"  # an update is under way
    OWED = "owed"  # what was ordered before is not carried out yet
    EMPTY = "empty"  # nothing of ours is on it
    NOT_EMPTY = "not_empty"
    NO_SO_PIN = "no_so_pin"


@unique
class RevocationReason(StrEnum):
    """Why a device is revoked, as people say it."""

    LOST = "lost"
    COMPROMISED = "compromised"
    BROKEN = "broken"
    HOLDER_LEFT = "holder_left"
    SUPERSEDED = "superseded"


#: The CRLReason (RFC 5280, 5.3.1) told to the authority. Whoever finds a lost token may have its PIN: its keys count
#: as compromised.
CRL_REASONS: Final[Mapping[RevocationReason, str]] = {
    RevocationReason.LOST: "keyCompromise",
    RevocationReason.COMPROMISED: "keyCompromise",
    RevocationReason.BROKEN: "cessationOfOperation",
    RevocationReason.HOLDER_LEFT: "affiliationChanged",
    RevocationReason.SUPERSEDED: "superseded",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """All that decides what may be done with a device. ``state`` is None for one the portal does not know.

    ``running``: an update is under way. ``owed``: the authority has not yet carried out what was ordered before.
    ``ours``: something we wrote is on the token. ``so_pin``: the vault holds its administrator PIN.
    """

    state: DeviceState | None
    held: bool = False
    running: bool = False
    owed: bool = False
    ours: bool = False
    so_pin: bool = False


@dataclass(frozen=True, slots=True)
class Allowed:
    """It may be done; ``to`` is the state afterwards, None when it stays as it is.

    ``unless`` names what may stand in the way for this very device.
    """

    to: DeviceState | None = None
    unless: tuple[Denial, ...] = ()


Row = tuple[Allowed | Denial, ...]

_STATES: Final = tuple(DeviceState)  # clean, assigned, pending, issued, disabled, revoked: the columns of the table
_STAYS: Final = Allowed()
_PINNED: Final = Allowed(unless=(Denial.RUNNING,))
_RESET: Final = Allowed(unless=(Denial.RUNNING, Denial.NO_SO_PIN))
_RETURNED: Final = Allowed(DeviceState.CLEAN, (Denial.RUNNING, Denial.NOT_EMPTY))
_GONE: Final = Allowed(DeviceState.REVOKED)
_CLEANED: Final = Allowed(DeviceState.ASSIGNED, (Denial.RUNNING, Denial.EMPTY))

_TABLE: Final[Mapping[Operation, Row]] = {
    Operation.ADD: (Denial.KNOWN,) * len(_STATES),
    Operation.ASSIGN: (
        Allowed(DeviceState.ASSIGNED, (Denial.HELD,)),
        *(Denial.HELD, Denial.HELD, Denial.HELD, Denial.HELD, Denial.REVOKED),
    ),
    Operation.UNASSIGN: (
        *(Denial.NOT_HELD, _RETURNED, Denial.PENDING, Denial.ISSUED, Denial.DISABLED, Denial.REVOKED),
    ),
    Operation.ISSUE: (
        Denial.NOT_HELD,
        Allowed(DeviceState.ISSUED, (Denial.RUNNING,)),
        *(Denial.PENDING, Denial.ISSUED, Denial.DISABLED, Denial.REVOKED),
    ),
    Operation.DISABLE: (
        *(Denial.NOT_ISSUED, Denial.NOT_ISSUED, Denial.PENDING),
        Allowed(DeviceState.DISABLED, (Denial.RUNNING,)),
        *(Denial.DISABLED, Denial.REVOKED),
    ),
    Operation.ENABLE: (
        *(Denial.NOT_DISABLED, Denial.NOT_DISABLED, Denial.NOT_DISABLED, Denial.NOT_DISABLED),
        Allowed(DeviceState.ISSUED),
        Denial.REVOKED,
    ),
    Operation.REVOKE: (
        Denial.NOT_ISSUED,
        Allowed(DeviceState.REVOKED, (Denial.EMPTY,)),
        *(_GONE, _GONE, _GONE, Denial.REVOKED),
    ),
    Operation.WITHDRAW: (
        *(Denial.NOT_HELD, _RETURNED, Denial.PENDING, Denial.NOT_REVOKED, Denial.NOT_REVOKED),
        Allowed(DeviceState.CLEAN, (Denial.RUNNING, Denial.OWED)),
    ),
    Operation.REPLACE: (
        *(Denial.NOT_ISSUED, Denial.NOT_ISSUED, Denial.PENDING),
        *(Allowed(unless=(Denial.RUNNING,)), _STAYS, _STAYS),
    ),
    Operation.CLEAN: (Denial.NOT_HELD, _CLEANED, Denial.PENDING, _CLEANED, Denial.DISABLED, _CLEANED),
    Operation.RESET_PIN: (Denial.NOT_HELD, _RESET, _RESET, _RESET, Denial.DISABLED, Denial.REVOKED),
    Operation.CHANGE_PIN: (Denial.NOT_HELD, _PINNED, _PINNED, _PINNED, Denial.DISABLED, Denial.REVOKED),
    Operation.EDIT: (_STAYS,) * len(_STATES),
    Operation.TELL_REGISTERS: (_STAYS,) * len(_STATES),
}


def decide(operation: Operation, standing: Standing) -> Allowed | Denial:
    """Whether the operation may be done with a device that stands like this; a Denial says why not."""
    if standing.state is None:
        return Allowed(DeviceState.CLEAN) if operation is Operation.ADD else Denial.UNKNOWN
    rule = _TABLE[operation][_STATES.index(standing.state)]
    if isinstance(rule, Denial):
        return rule
    return next((denial for denial in rule.unless if _holds(denial, standing)), rule)


def operations(standing: Standing) -> dict[Operation, Allowed | Denial]:
    """Every operation with its answer, in the order people are shown them."""
    return {operation: decide(operation, standing) for operation in Operation}


def _holds(denial: Denial, standing: Standing) -> bool:
    return {
        Denial.HELD: standing.held,
        Denial.RUNNING: standing.running,
        Denial.OWED: standing.owed,
        Denial.EMPTY: not standing.ours,
        Denial.NOT_EMPTY: standing.ours,
        Denial.NO_SO_PIN: not standing.so_pin,
    }[denial]
