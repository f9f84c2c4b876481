"""Start children in order, start again what ends by itself, stop everything in the opposite order."""

import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import click

from portal.supervisor.nursed import LARGE_PAGES, Nursery
from portal.supervisor.processes import Child, Spec

READY_WITHIN: Final = 60.0
STOPPED_WITHIN: Final = 10.0
TRIES_AT_START: Final = 3
LOOK_EACH: Final = 0.1


class StartFailed(Exception):  # noqa: N818  reads as what happened
    """A child did not come up; carries what it said last."""


class Stopped(Exception):  # noqa: N818
    """Somebody asked us to stop while we were starting."""


class Supervisor:
    """The children of one installation."""

    def __init__(self, env: Mapping[str, str], logs: Path, stop: threading.Event) -> None:
        self._env = env
        self._logs = logs
        self._stop = stop
        self._groups: list[list[Child]] = []
        self.nursery = Nursery({**LARGE_PAGES, **env}, logs / "nursery.log")

    def warm_up(self) -> None:
        """Let the nursery load while other things are done; else the first who begins there waits for it."""
        self.nursery.open()

    def start(self, specs: Sequence[Spec]) -> None:
        """Start these together and wait until each is ready; they are stopped together, before all earlier ones."""
        group = [Child(spec, self._env, self._logs / f"{spec.name}.log", self.nursery) for spec in specs]
        self._groups.append(group)
        for child in group:
            child.start()
        deadline = time.monotonic() + READY_WITHIN
        for child in group:
            self._wait_until_ready(child, deadline)

    def watch(self) -> None:
        """Keep everything running until somebody asks us to stop."""
        while not self._stop.wait(LOOK_EACH):
            self._look_after()

    def stop(self) -> None:
        """Stop the groups, the last one first; the time is bounded, whatever a child does."""
        while self._groups:
            group = self._groups.pop()
            for child in group:
                child.ask_to_stop()
            deadline = time.monotonic() + STOPPED_WITHIN
            for child in group:
                if not child.stopped_within(deadline):
                    say(f"{child.spec.name} did not stop in time and was ended")
        self.nursery.close()

    def _wait_until_ready(self, child: Child, deadline: float) -> None:
        while not (child.running() and child.spec.ready()):
            self._look_after()
            if child.failures >= TRIES_AT_START or time.monotonic() > deadline:
                raise StartFailed(f"{child.spec.name} did not start; {child.log} ends with:\n{child.last_words()}")
            if self._stop.wait(LOOK_EACH / 4):
                raise Stopped

    def _look_after(self) -> None:
        for child in (child for group in self._groups for child in group):
            if child.due():
                child.start()
            elif not child.running() and child.start_again_at is None:
                pause = child.note_end()
                say(f"{child.spec.name} ended by itself and starts again in {pause:.1f} s; see {child.log}")


def say(message: str) -> None:
    """Tell the person at the terminal."""
    click.echo(message)
