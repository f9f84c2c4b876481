"""The machine's own clock."""

from datetime import UTC, datetime


class SystemClock:
    """What time the machine says it is."""

    def now(self) -> datetime:
        return datetime.now(UTC)
