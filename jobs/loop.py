"""A process that does the same small thing again and again until it is told to stop."""

import logging
import signal
from collections.abc import Callable
from datetime import timedelta
from threading import Event

_log = logging.getLogger(__name__)


def stop_on_signals() -> Event:
    """An event that is set by SIGTERM or SIGINT."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def repeat(work: Callable[[], object], every: timedelta, stop: Event) -> None:
    """Do the work each ``every``; a failure is logged and the next turn tries again."""
    while not stop.is_set():
        try:
            work()
        except Exception:  # noqa: BLE001 - this process must outlive every failure of its work
            _log.exception("this turn failed; the next one tries again")
        stop.wait(every.total_seconds())
