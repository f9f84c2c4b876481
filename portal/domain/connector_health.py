"""How a counterpart has answered lately, and when it is asked again after it did not."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Final

FIRST_PAUSE: Final = timedelta(seconds=2)
LONGEST_PAUSE: Final = timedelta(minutes=5)
#: Up to this part of a pause is added to it, so that not everybody asks again in the same second.
JITTER: Final = 0.2


@unique
class ConnectorState(StrEnum):
    """What people want of it."""

    ACTIVE = "active"
    PAUSED = "paused"  # nobody calls out


@unique
class Standing(StrEnum):
    """How it stands, all told."""

    UNTRIED = "untried"
    WELL = "well"
    FAILING = "failing"  # the last call failed
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Health:
    """``failures`` in a row since it last answered; ``trouble`` and ``detail`` tell of the last one."""

    failures: int = 0
    trouble: str = ""
    detail: str = ""
    failed_at: datetime | None = None
    answered_at: datetime | None = None
    next_try_at: datetime | None = None

    def holds_back(self, now: datetime) -> bool:
        """Whether it is left alone for now."""
        return self.failures > 0 and self.next_try_at is not None and now < self.next_try_at

    def standing(self, state: ConnectorState) -> Standing:
        """In one word."""
        if state is ConnectorState.PAUSED:
            return Standing.PAUSED
        if self.failures:
            return Standing.FAILING
        return Standing.UNTRIED if self.answered_at is None else Standing.WELL


def pause_after(failures: int, chance: float) -> timedelta:
    """Two seconds, four, eight …, at most five minutes, and a little more; ``chance`` lies between 0 and 1."""
    pause = min(FIRST_PAUSE * (1 << min(max(failures, 1) - 1, 16)), LONGEST_PAUSE)
    return pause * (1 + JITTER * chance)
