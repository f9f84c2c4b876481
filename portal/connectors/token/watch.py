"""Watches the slots of this machine from long-lived children, one a library, replaced when it crashes or hangs."""

import logging
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from threading import Event
from typing import Final

from pkcs11 import PKCS11Error

from portal.connectors.token.scan import Scanner
from portal.connectors.token.translation import RefusalError, because, verdict_of
from portal.connectors.x509 import X509Reader
from portal.domain.contents import TokenSighting

_log = logging.getLogger(__name__)
_LONGEST_REST: Final = 30.0  # seconds between two tries to start a child that keeps dying
Sightings = tuple[TokenSighting, ...]


def watch(
    modules: Sequence[str], publish: Callable[[Sightings], None], stop: Event, *, every: float = 1.0, where: str = ""
) -> None:
    """Publish every token that is plugged in, each ``every`` seconds, until told to stop.

    What is not published is not there any more. An error of ``publish`` ends the watch: it must bear its own troubles.
    """
    watcher = PresenceWatch(modules, where=where)
    try:
        while not stop.is_set():
            began = time.monotonic()
            publish(watcher.look(every))
            stop.wait(max(0.0, began + every - time.monotonic()))
    finally:
        watcher.close()


class PresenceWatch:
    """The children and what each saw last; ``patience`` is how long a look may take before its child is replaced."""

    def __init__(self, modules: Sequence[str], *, patience: float = 10.0, where: str = "") -> None:
        self._children = [_Child(module, patience, where) for module in modules]

    def look(self, seconds: float) -> Sightings:
        """Ask every child and wait this long for answers; one that is still busy stands by its last answer."""
        for child in self._children:
            child.ask()
        until = time.monotonic() + seconds
        while busy := [child for child in self._children if child.busy]:
            ready = wait([child.pipe for child in busy if child.pipe], max(0.0, until - time.monotonic()))
            if not ready:
                break
            for child in busy:
                if child.pipe in ready:
                    child.take_answer()
        found = {sighting.serial: sighting for child in self._children for sighting in child.latest()}
        return tuple(found[serial] for serial in sorted(found))

    def known(self) -> bool:
        """Whether every library has answered once, or failed to: before that nothing seen tells nothing."""
        return all(child.known for child in self._children)

    def troubles(self) -> dict[str, str]:
        """What is wrong with a library now, by its path; nothing of those that answer."""
        return {child.module: child.trouble for child in self._children if child.trouble}

    def close(self) -> None:
        """End the children."""
        for child in self._children:
            child.end()


class _Child:
    """One library's child process."""

    def __init__(self, module: str, patience: float, where: str) -> None:
        self.module = module
        self._patience = patience
        self._where = where
        self._process: SpawnProcess | None = None
        self._asked: float | None = None
        self._seen: Sightings = ()
        self.trouble = ""
        self.known = False
        self._failures = 0
        self._rest_until = 0.0
        self.pipe: Connection | None = None

    @property
    def busy(self) -> bool:
        return self._asked is not None

    def ask(self) -> None:
        """Ask for a look, unless one is under way or a child that keeps dying is given a rest."""
        if self.busy or time.monotonic() < self._rest_until:
            return
        try:
            if self.pipe is None:
                self._start()
            if self.pipe:
                self.pipe.send("look")
                self._asked = time.monotonic()
        except OSError:
            self._fail("died")

    def take_answer(self) -> None:
        """Read what the child has sent; a child that died has sent its end."""
        if self.pipe is None:
            return
        try:
            self._seen, trouble = self.pipe.recv()
        except (EOFError, OSError):
            self._fail("died")
            return
        self._asked, self._failures, self.known = None, 0, True
        self._note(trouble)

    def latest(self) -> Sightings:
        """What it saw last; nothing after a crash, and nothing once it has taken too long."""
        if self._asked is not None and time.monotonic() - self._asked > self._patience:
            self._fail("hangs")
        return self._seen

    def end(self) -> None:
        if self.pipe is not None:
            self.pipe.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
        self.pipe = self._process = self._asked = None

    def _start(self) -> None:
        context = get_context("spawn")
        self.pipe, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(there, self.module, self._where), daemon=True)
        self._process.start()
        there.close()

    def _fail(self, how: str) -> None:
        self.end()
        self._seen = ()
        self._rest_until = time.monotonic() + min(_LONGEST_REST, 0.5 * 2**self._failures)
        self._failures += 1
        self.known = True
        self._note(f"its process {how}")

    def _note(self, trouble: str) -> None:
        if trouble and trouble != self.trouble:
            _log.warning("tokens of %s are not seen: %s", self.module, trouble)
        self.trouble = trouble


def _serve(pipe: Connection, module: str, where: str) -> None:
    """The child: one look for each question, until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    scanner = Scanner(module, X509Reader(), where=where)
    with suppress(EOFError, OSError):
        while pipe.recv():
            pipe.send(_look(scanner))


def _look(scanner: Scanner) -> tuple[Sightings, str]:
    try:
        return scanner.scan(), ""
    except RefusalError as ended:
        return (), f"{ended.refused.why.trouble} {ended.refused.why.detail}"
    except PKCS11Error as error:
        return (), because(error, verdict_of(error)).detail
