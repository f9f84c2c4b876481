"""What runs that were given up still owe: undoing a step that nobody answered to while they went back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from portal.domain.facts import Fact
from portal.domain.ids import UpdateId
from portal.ports.journal import StepRecord


@dataclass(frozen=True, slots=True)
class Debt:
    """One step that is to be undone after its run; ``looks`` counts how often that was tried."""

    update: UpdateId
    seq: int
    looks: int


class DebtBook(Protocol):
    """Every method is one short transaction. Paying tells of itself like the journal: a line, and the next number."""

    def due(self, now: datetime) -> tuple[Debt, ...]:
        """Some of what is owed and due, the longest due first."""
        ...

    def take(self, debt: Debt, *, until: datetime) -> tuple[StepRecord, ...] | None:
        """Leave it alone until then, whatever becomes of this look; None when somebody else looks, or it is paid.

        Answers the steps of its run that this code can read, as they stand.
        """
        ...

    def pay(self, debt: Debt, *, facts: tuple[Fact, ...], now: datetime) -> bool:
        """Nothing is owed any more, and this became true; False when it was paid already."""
        ...
