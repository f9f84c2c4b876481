"""A process that does a few small things again and again until it is told to stop."""

import logging
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from threading import Event

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Turn:
    """One thing to do each ``every``; due at once in the beginning."""

    work: Callable[[], object]
    every: timedelta
    due: float = 0.0

    def take(self, now: float) -> None:
        """Do it if it is due; a failure is logged and the next turn tries again."""
        if now < self.due:
            return
        self.due = now + self.every.total_seconds()
        try:
            self.work()
        except Exception:  # noqa: BLE001 - this process must outlive every failure of its work
            _log.exception("%s failed; its next turn tries again", getattr(self.work, "__qualname__", "a turn"))


def stop_on_signals() -> Event:
    """An event that is set by SIGTERM or SIGINT."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def repeat(turns: Sequence[Turn], beat: timedelta, stop: Event) -> None:
    """Look each ``beat`` whose turn has come."""
    while not stop.is_set():
        for turn in turns:
            turn.take(time.monotonic())
        stop.wait(beat.total_seconds())
