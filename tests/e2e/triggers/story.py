"""What a cause must lead to, as tables the tests act by: words of reasons, lines of plans, sides."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

from portal.domain.findings import UpdateReason
from portal.domain.plan_items import Action
from tests.e2e.triggers.seats import Seat


@unique
class Side(StrEnum):
    """Where an update is made: by an administrator in the console, or by the holder in self-service."""

    ADMIN = "admin"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Reason:
    """A finding and its words on the card; a trailing … stands for a date."""

    reason: UpdateReason
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the plan: its words before, and after it was done (empty: not told).

    ``later``: a system outside is away, so that it is told again by itself after the update.
    """

    action: Action
    plan: str
    done: str = ""
    later: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """One device from its cause to its summary.

    ``cause`` says what somebody does on which page; ``ticks`` are boxes pressed in the dialog.
    ``stays`` are the lines of what is not touched; ``whys`` are reasons told behind lines of the plan only.
    ``headline`` is what self-service tells the holder.
    """

    seat: Seat
    side: Side
    cause: str
    reasons: tuple[Reason, ...]
    plan: tuple[Line, ...]
    stays: tuple[Line, ...] = ()
    whys: tuple[Reason, ...] = ()
    headline: str = ""
    ticks: tuple[str, ...] = ()


def matches(wanted: Sequence[str], found: Sequence[str]) -> None:
    """These sentences and no others, in this order; a trailing … stands for a date, or a name made by chance."""
    assert len(wanted) == len(found), (wanted, found)
    assert all(map(_is_said, wanted, found)), (wanted, found)


def _is_said(wanted: str, found: str) -> bool:
    return found.startswith(wanted[:-1]) if wanted.endswith("…") else found == wanted
