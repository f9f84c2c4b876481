"""The line on which the portal wakes us, held open in a thread of its own; without it, polls alone carry the work."""

import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Final

from agent.client import PortalLine, RefusalError, UnreachableError
from agent.pauses import Pauses

_APART: Final = 0.2  # seconds between two questions, at least


class Waking:
    """Calls ``woken`` whenever there is something to poll for."""

    def __init__(self, line: Callable[[], PortalLine], woken: Callable[[], None]) -> None:
        self._line = line
        self._woken = woken
        self._stop = Event()
        self._held = False
        self._thread = Thread(target=self._hold, daemon=True)  # a line held open is not waited for at the end

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()

    @property
    def held(self) -> bool:
        """Whether we are called when there is something to do; else we have to ask."""
        return self._held

    def _hold(self) -> None:
        pauses = Pauses()
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                if self._line().wake():
                    self._woken()
                pauses.reset()
                self._held = True
            except (UnreachableError, RefusalError):
                self._held = False
                self._stop.wait(pauses.next())
            # a portal that does not hold the line is not asked without end
            self._stop.wait(max(0.0, _APART - (time.monotonic() - began)))
