"""Where the database, an authority and a token disagree, and what may be done about it.

Certificates we caused have an owner (a row that says where it is) or an explained end. What has neither is drift.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Final

from portal.domain.certificate import Revocation

#: What began later than this is still under way and not judged: an authority answers, an answer is written down.
LONGEST_ISSUE: Final = timedelta(hours=1)
#: A debt is paid within minutes once its authority answers; an older one needs a person.
LONGEST_DEBT: Final = timedelta(days=1)


@unique
class DriftKind(StrEnum):
    """Every way the three can disagree."""

    HALF_DONE = "half_done"  # issued for an order of ours whose run is over, and nobody's any more
    NOBODYS_ORDER = "nobodys_order"  # issued under our account, and no order of ours tells why
    REVOKED_THERE = "revoked_there"  # the authority says revoked or on hold, our row does not
    UNKNOWN_THERE = "unknown_there"  # the authority has never heard of what our row calls its certificate
    REVOCATION_LOST = "revocation_lost"  # our row says revoked or on hold, the authority says it is good
    OURS_WITHOUT_ROW = "ours_without_row"  # on the token, made by an update of ours, and in no row
    GONE = "gone"  # our row says on the token, the token lacks it
    DEBT_OVERDUE = "debt_overdue"  # a run that was given up still owes an undo
    ORDER_WAITING = "order_waiting"  # the authority still decides about an order nobody waits for


@unique
class Stage(StrEnum):
    """What one look at everything goes through, in this order."""

    DEBTS = "debts"
    ORDERS = "orders"  # of updates that ended without a certificate
    LISTS = "lists"  # of everything the authorities issued
    CERTIFICATES = "certificates"  # our rows, against what their authorities say
    TOKENS = "tokens"  # our rows, against what was last seen
    FINDINGS = "findings"  # those that were not seen again

    @property
    def following(self) -> "Stage | None":
        """The next one; None after the last."""
        stages = list(Stage)
        place = stages.index(self) + 1
        return stages[place] if place < len(stages) else None


@unique
class DriftState(StrEnum):
    """Where a finding is. One that the world takes back closes by itself."""

    OPEN = "open"
    MENDING = "mending"
    ACCEPTED = "accepted"
    CLOSED = "closed"


@unique
class Decision(StrEnum):
    """What may be done about a finding."""

    USE = "use"  # write the certificate to the token it was ordered for
    REVOKE = "revoke"
    WITHDRAW = "withdraw"  # take the order back; what was issued meanwhile is revoked
    PAY = "pay"  # try now what is owed
    BELIEVE = "believe"  # write down what the authority says
    KEEP = "keep"  # write down that it is on the token
    CLEAN = "clean"  # let the next update of the device take it away
    REVIEW = "review"  # judge the device now, so that its next update brings it back
    ACCEPT = "accept"  # a person explains it
    LOOK = "look"  # look again, change nothing


#: What a person may always do, whatever was found.
ALWAYS: Final = (Decision.LOOK, Decision.ACCEPT)

_USUAL: Final = {
    DriftKind.HALF_DONE: Decision.REVOKE,
    DriftKind.NOBODYS_ORDER: Decision.LOOK,
    DriftKind.REVOKED_THERE: Decision.BELIEVE,
    DriftKind.UNKNOWN_THERE: Decision.LOOK,
    DriftKind.REVOCATION_LOST: Decision.REVOKE,
    DriftKind.OURS_WITHOUT_ROW: Decision.CLEAN,
    DriftKind.GONE: Decision.REVIEW,
    DriftKind.DEBT_OVERDUE: Decision.PAY,
    DriftKind.ORDER_WAITING: Decision.WITHDRAW,
}
#: What is better than the usual when the token and the policy allow it.
_BETTER: Final = {DriftKind.HALF_DONE: Decision.USE, DriftKind.OURS_WITHOUT_ROW: Decision.KEEP}


@dataclass(frozen=True, slots=True)
class IssuedForUs:
    """A certificate an authority issued for an order that reads like ours.

    ``ordered``: an update of ours gave the order; ``over_since`` when that ended, None while it has not. ``owed``: its
    undo is a debt. ``recorded``: a row names it; ``settled``: that row tells its owner or its end.
    """

    issued_at: datetime
    ordered: bool = True
    over_since: datetime | None = None
    owed: bool = False
    recorded: bool = False
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How one certificate stands in our row and at its authority; ``busy``: something about its device is under way.

    ``certain``: the authority's "unknown" means that it never issued it, and not that it cannot tell.
    """

    row: Revocation
    there: Revocation
    not_after: datetime
    busy: bool = False
    certain: bool = False


def of_issued(found: IssuedForUs, now: datetime) -> DriftKind | None:
    """Whether an issued certificate has neither an owner nor an explained end."""
    if found.settled or (found.ordered and found.over_since is None) or found.owed:
        return None
    since = max(found.issued_at, found.over_since or found.issued_at)
    if since > now - LONGEST_ISSUE:
        return None
    if found.ordered:
        return DriftKind.HALF_DONE
    return None if found.recorded else DriftKind.NOBODYS_ORDER


def of_standing(found: Standing, now: datetime) -> DriftKind | None:
    """Whether a row and its authority disagree about a certificate that is still valid by time."""
    if found.busy or found.not_after <= now:
        return None
    if found.there is Revocation.UNKNOWN:
        return DriftKind.UNKNOWN_THERE if found.certain else None
    if _gravity(found.there) > _gravity(found.row):
        return DriftKind.REVOKED_THERE
    return DriftKind.REVOCATION_LOST if _gravity(found.there) < _gravity(found.row) else None


def of_debt(over_since: datetime, now: datetime) -> DriftKind | None:
    """Whether a debt is older than it takes to pay one."""
    return DriftKind.DEBT_OVERDUE if over_since <= now - LONGEST_DEBT else None


def of_waiting(over_since: datetime, now: datetime, *, owed: bool) -> DriftKind | None:
    """Whether an order that an authority still decides about has nobody who waits for it."""
    return DriftKind.ORDER_WAITING if not owed and over_since <= now - LONGEST_ISSUE else None


def proposal(kind: DriftKind, *, usable: bool = False) -> Decision:
    """What is best done; ``usable``: its key is on the token, and the policy still wants it there."""
    return _BETTER.get(kind, _USUAL[kind]) if usable else _USUAL[kind]


def decisions(kind: DriftKind, *, usable: bool = False) -> tuple[Decision, ...]:
    """Everything that may be done, what is proposed first."""
    offered = (proposal(kind, usable=usable), _USUAL[kind], *ALWAYS)
    return tuple(dict.fromkeys(offered))


def _gravity(said: Revocation) -> int:
    """A row that nobody could ask about counts as good."""
    return {Revocation.REVOKED: 2, Revocation.ON_HOLD: 1}.get(said, 0)
