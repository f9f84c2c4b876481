"""The journal of updates: intent before, outcome after, everything by compare-and-set under a lease."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from portal.domain.facts import Fact
from portal.domain.ids import DeviceId, UpdateId
from portal.domain.outcomes import Waiting
from portal.domain.troubles import Trouble, Why
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.domain.update_steps import Step

#: A step's reply as it is stored: plain strings (bytes in base64), never a secret.
StoredReply = Mapping[str, str]


class LeaseLost(Exception):  # noqa: N818 - it says what happened
    """Somebody else holds the update now; whoever sees this must stop at once."""


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step as it stands in the journal. ``seq`` counts from 1 in the order of execution.

    ``intended_at`` is when the last intent was committed, as far as it was read from there.
    """

    seq: int
    step: Step
    status: StepStatus
    reply: StoredReply | None = None
    ticket: str = ""
    why: Why | None = None
    settled: bool | None = None
    intended_at: datetime | None = None

    def becomes(self, status: StepStatus, reply: StoredReply | None = None) -> "StepRecord":
        """The same step one change later."""
        kept = self.reply if reply is None else reply
        return StepRecord(self.seq, self.step, status, kept, self.ticket, self.why, self.settled, self.intended_at)


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to carry one update forward, until the lease ends or somebody with a higher fence takes it.

    ``bell`` is the last bell that had been rung for it by then.
    """

    update: UpdateId
    owner: str
    fence: int
    bell: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """An update as its claimer finds it.

    ``unwinding`` tells why it is going back; None while it goes forward. ``attempts`` counts claims that ended
    without progress.
    """

    claim: Claim
    device: DeviceId
    serial: str
    login: str
    steps: tuple[StepRecord, ...]
    attempts: int
    unwinding: Why | None = None
    cancel_requested: bool = False
    known_step_versions: bool = True

    @property
    def given_up(self) -> bool:
        """Whether a person ended it when nobody could tell how it stood."""
        return self.unwinding is not None and self.unwinding.trouble is Trouble.GIVEN_UP


class UpdateJournal(Protocol):
    """Every method is one short transaction that also writes the audit line and the next progress number.

    Every method taking a Claim raises LeaseLost unless the claim still holds.
    """

    def claim(self, update: UpdateId, *, owner: str, now: datetime, lease: timedelta) -> Run | None:
        """Take the update: ordered, due waiting, or running with an ended lease.

        None when somebody else has it or it is over.
        """
        ...

    def renew(self, claim: Claim, *, now: datetime, lease: timedelta) -> None:
        """Prolong the lease."""
        ...

    def cancel_requested(self, claim: Claim) -> bool:
        """Whether a person asked to stop; read between steps."""
        ...

    def intend(self, claim: Claim, seq: int, *, now: datetime) -> None:
        """PENDING -> INTENDED, committed before the world is touched."""
        ...

    def finish(
        self, claim: Claim, seq: int, *, reply: StoredReply, facts: tuple[Fact, ...], then: int, now: datetime
    ) -> bool:
        """INTENDED or WAITING -> DONE with its reply and what became true.

        In the same transaction the step ``then`` (0: none) is intended, unless a person asked to stop; answers
        whether it was.
        """
        ...

    def retry_step(self, claim: Claim, seq: int, *, now: datetime) -> None:
        """INTENDED -> PENDING: the world says that the effect is absent."""
        ...

    def park(self, claim: Claim, seq: int, waiting: Waiting, *, accepted: bool, now: datetime) -> bool:
        """The run waits and the lease is given up.

        With ``accepted`` the step is WAITING with its ticket; without, it stays as it is (in doubt or pending).
        Answers whether a workstation has spoken since the claim: then the run is due at once, and whoever its bell
        called may have found it taken.
        """
        ...

    def refuse(self, claim: Claim, seq: int, why: Why, *, now: datetime) -> None:
        """The step is REFUSED for good; unless the run is unwinding already, it starts to because of it."""
        ...

    def unwind(self, claim: Claim, why: Why, *, now: datetime) -> None:
        """The run starts unwinding (cancelled between steps)."""
        ...

    def intend_undo(self, claim: Claim, seq: int, *, now: datetime) -> None:
        """DONE, REFUSED, INTENDED or WAITING -> UNDOING."""
        ...

    def finish_undo(
        self, claim: Claim, seq: int, *, facts: tuple[Fact, ...], now: datetime, owed: bool = False
    ) -> None:
        """UNDOING -> UNDONE; ``owed`` when nobody could be reached and it is made sure of later, see ``DebtBook``."""
        ...

    def get_stuck(self, claim: Claim, seq: int, why: Why, *, now: datetime) -> None:
        """In doubt and nobody can tell: the run is STUCK and asks a person."""
        ...

    def end(self, claim: Claim, status: UpdateStatus, why: Why | None, *, now: datetime) -> None:
        """COMPLETED, FAILED or CANCELLED; gives up the lease. COMPLETED also marks the policy as applied."""
        ...
