"""Which tokens are plugged in, watched from children of their own; a library that breaks hides no other's tokens."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Final

from portal.connectors.token.watch import PresenceWatch
from portal.domain.contents import TokenSighting

_BEAT: Final = 0.02


class Presence:
    """Looks again and again, one thread a library; ``changed`` is called when something came, went or changed."""

    def __init__(self, modules: Sequence[str], where: str, every: float, changed: Callable[[], None]) -> None:
        self._modules = tuple(modules)
        self._where = where
        self._every = every
        self._changed = changed
        self._lock = Lock()
        self._seen: dict[str, tuple[TokenSighting, ...]] = {}
        self._troubles: dict[str, str] = {}
        self._stop = Event()
        self._threads = [Thread(target=self._watch, args=(module,), daemon=True) for module in self._modules]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def looked(self, patience: float, stop: Event) -> None:
        """Wait until every library was looked at once, but not for ever: one may hang."""
        until = time.monotonic() + patience
        while time.monotonic() < until and not stop.wait(_BEAT):
            with self._lock:
                if len(self._seen) == len(set(self._modules)):
                    return

    def sightings(self) -> tuple[TokenSighting, ...]:
        """Every token, by serial number; of two libraries that show the same one, the first named stands."""
        with self._lock:
            found = {one.serial: one for module in reversed(self._modules) for one in self._seen.get(module, ())}
        return tuple(found[serial] for serial in sorted(found))

    def sighting(self, serial: str) -> TokenSighting | None:
        return next((one for one in self.sightings() if one.serial == serial), None)

    def module_of(self, serial: str) -> str | None:
        """The library that shows the token."""
        with self._lock:
            shows = (
                module for module in self._modules if any(one.serial == serial for one in self._seen.get(module, ()))
            )
            return next(shows, None)

    def troubles(self) -> tuple[str, ...]:
        """What is wrong with which library."""
        with self._lock:
            return tuple(f"{Path(module).name}: {trouble}" for module, trouble in sorted(self._troubles.items()))

    def _watch(self, module: str) -> None:
        watch = PresenceWatch([module], where=self._where)
        try:
            while not self._stop.is_set():
                seen = watch.look(self._every)
                if watch.known():
                    self._take(module, seen, watch.troubles().get(module, ""))
                    self._stop.wait(self._every)
        finally:
            watch.close()

    def _take(self, module: str, seen: tuple[TokenSighting, ...], trouble: str) -> None:
        with self._lock:
            same = self._seen.get(module) == seen and self._troubles.get(module, "") == trouble
            self._seen[module] = seen
            self._troubles = {**self._troubles, module: trouble} if trouble else _without(self._troubles, module)
        if not same:
            self._changed()


def _without(troubles: dict[str, str], module: str) -> dict[str, str]:
    return {name: trouble for name, trouble in troubles.items() if name != module}
