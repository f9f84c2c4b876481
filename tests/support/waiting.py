"""Waiting for what has to happen: a long time bounds a broken run, it is no measure of a sound one."""

import time
from collections.abc import Callable
from typing import Final

PATIENCE: Final = 120.0


def eventually(true: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Until it is true; else the test fails and says what did not happen."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.01)
