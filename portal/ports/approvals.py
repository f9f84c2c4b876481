"""What an authority of our own asks a person about, and which of its templates do so."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from portal.domain.certificate import Purpose


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """An order that waits for a person's yes or no; ``subject`` and ``alternative`` are (field, value) pairs."""

    order_id: str
    template: str
    subject: tuple[tuple[str, str], ...]
    alternative: tuple[tuple[str, str], ...]
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person said of an order."""

    order_id: str
    template: str
    approved: bool
    comment: str
    by: str


@dataclass(frozen=True, slots=True)
class TemplateSwitch:
    """A template of the authority, and whether its orders wait for a person."""

    name: str
    purpose: Purpose
    validity: timedelta
    manual: bool


class ApprovalDesk(Protocol):
    """Where orders wait. Every method raises OutsideUnavailable while the authority's rows are out of reach."""

    def waiting(self) -> tuple[ApprovalRequest, ...]:
        """Orders nobody decided about yet, oldest first."""
        ...

    def decide(self, order_id: str, *, approve: bool, comment: str, by: str) -> Decision:
        """Decide; raises NotFound, and Conflict ``approval_over`` when somebody was first or it was withdrawn."""
        ...

    def untold(self) -> tuple[Decision, ...]:
        """Decisions nobody was told of yet."""
        ...

    def told(self, order_id: str) -> None:
        """Whoever waits was told."""
        ...

    def templates(self) -> tuple[TemplateSwitch, ...]:
        """The templates of the authority with their switches."""
        ...

    def switch(self, template: str, *, manual: bool) -> bool:
        """Let orders of this template wait for a person, or not; answers whether that is new. Raises NotFound."""
        ...
