"""Waiting for what has to happen: a long time bounds a broken run, it is no measure of a sound one."""

import time
from collections.abc import Callable
from typing import Final

PATIENCE: Final = 120.0
#: Between two looks: at first, and at most.
SHORTEST, LONGEST = 0.01, 0.1


def eventually(true: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Until it is true; else the test fails and says what did not happen."""
    begun = time.monotonic()
    while not true():
        waited = time.monotonic() - begun
        assert waited < seconds, f"not within {seconds:.0f} s: {what}"
        time.sleep(pause_after(waited))


def pause_after(waited: float) -> float:
    """Whoever asks without a pause takes the time of those he waits for: a wait is a twentieth too long at most."""
    return min(LONGEST, max(SHORTEST, waited / 20))
