"""A place outside that keeps a copy of the audit log, so that nobody here can change both."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One line as it is told outside; ``hash`` ends the chain up to this line."""

    id: int
    at: datetime
    tag: str
    actor: str
    subject: str
    particulars: dict[str, str | int]
    correlation: str
    hash: str


class AuditSink(Protocol):
    """Takes lines in their order; a line may come twice, never not at all."""

    def send(self, lines: Sequence[AuditLine]) -> None:
        """Hand the lines over; raises OutsideUnavailable, and then all of them come again."""
        ...
