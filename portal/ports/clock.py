"""What time it is."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Aware UTC time."""

    def now(self) -> datetime:
        """The time now, aware, in UTC."""
        ...
