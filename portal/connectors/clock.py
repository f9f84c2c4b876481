"""The machine's own clock, and one that runs beside it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


class SystemClock:
    """What time the machine says it is."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class ShiftedClock:
    """Time as it was, or will be, a while from now: demonstration data is made as of then."""

    by: timedelta

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by
