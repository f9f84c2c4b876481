"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta
from typing import Final

NOON: Final = datetime(2026, 3, 16, 12, 0, tzinfo=UTC)


class FrozenClock:
    """Tells the time a test has set."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, **span: float) -> datetime:
        """Move on by a span in timedelta's words and answer the new time."""
        self._now += timedelta(**span)
        return self._now

    def set(self, now: datetime) -> None:
        self._now = now
