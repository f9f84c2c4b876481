"""What everything slow outside answers: done, waiting or refused; and, after a crash, what became of an order."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique
from typing import Generic, TypeVar

from portal.domain.troubles import Why

Reply = TypeVar("Reply", covariant=True)  # noqa: PLC0105 - read as a plain word in every signature


@unique
class WaitingFor(StrEnum):
    """Whom or what a parked update waits for."""

    TOKEN = "token"  # somebody must plug the token in
    PIN = "pin"  # somebody must enter the PIN (again)
    CA = "ca"  # the certification authority decides
    RETRY = "retry"  # something outside is down; we try again by ourselves
    IDENTITY = "identity"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Done(Generic[Reply]):
    """It happened; the reply is the evidence."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Waiting:
    """Accepted, or not possible yet: look again with the ticket.

    ``look_again_at`` is None when only an event (a token plugged in, a PIN entered) can move it on.
    """

    whom: WaitingFor
    why: Why
    look_again_at: datetime | None = None
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """It did not happen.

    ``permanent`` False means "perhaps later", and *also* that the effect may have happened unseen
    (a token pulled in the middle of a write): the order stays in doubt until ``effect_of`` is asked.
    ``permanent`` True promises that asking again is useless. ``asked`` False promises that the order was never given,
    nobody was there for instance: nothing is in doubt, and it may simply be given later.
    """

    why: Why
    permanent: bool
    whom: WaitingFor = WaitingFor.RETRY
    asked: bool = True


Outcome = Done[Reply] | Waiting | Refused


@dataclass(frozen=True, slots=True)
class Happened(Generic[Reply]):
    """The order took effect; here is the reply that was lost."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Accepted:
    """The order was taken and is waiting over there."""

    waiting: Waiting


@dataclass(frozen=True, slots=True)
class Absent:
    """The order never took effect; it may be given again."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The world did not answer. ``whom`` says who can change that; None means only an operator can tell."""

    why: Why
    whom: WaitingFor | None = None


Effect = Happened[Reply] | Accepted | Absent | Unknown
