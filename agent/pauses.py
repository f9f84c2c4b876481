"""Pauses between tries: they grow, and differ a little, so that many workstations do not come at once."""

import random
from typing import Final

_FIRST: Final = 1.0
_LONGEST: Final = 60.0


class Pauses:
    """One line of tries."""

    def __init__(self, longest: float = _LONGEST) -> None:
        self._longest = longest
        self._next = _FIRST

    def next(self) -> float:
        """Seconds to wait now; twice as long next time."""
        pause, self._next = self._next, min(self._longest, self._next * 2)
        return pause * random.uniform(0.8, 1.2)  # noqa: S311 - spread, not a secret

    def reset(self) -> None:
        """It worked."""
        self._next = _FIRST
