"""A soft token's store must not be read by one process while another writes to it.

SoftHSM2 2.6.1 keeps tokens as files and reads all of them when it starts and when it looks for objects; doing so at
the moment another process creates an object made that object lose its attributes about once in two hundred times
(tried; the public half of a fresh pair came out empty and stayed so). Hardware tokens share themselves between
processes and need none of this. Writers hold the store together, whoever starts the library or scans holds it alone.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

from portal.connectors.token.file_lock import FileLock

_BEAT: Final = 0.002
_LONGEST: Final = 2.0  # no order on a soft token takes longer, unless its process hangs


class StoreLock:
    """One lock of this process on the store's configuration file; it may be taken within itself.

    ``gate`` is passed by writers and closed by whoever waits to be alone, so that a stream of writers ends.
    """

    def __init__(self, conf: Path) -> None:
        self._conf = conf
        self._process = 0
        self._main: FileLock
        self._gate: FileLock
        self._held: list[bool] = []  # each hold: alone or not

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Together with other writers, while nobody reads the whole store."""
        if self._held:
            yield
            return
        self._open()
        self._pass_gate(alone=False)
        with self._holding(alone=False):
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While nobody writes; a writer of this process gives its own hold up for as long.

        A process that hangs with the store in its hands does not stop others for ever: after a while they go on.
        """
        if True in self._held:
            yield
            return
        self._open()
        self._main.give()
        self._pass_gate(alone=True)
        with self._holding(alone=True):
            yield

    @contextmanager
    def alone_within(self, seconds: float) -> Iterator[bool]:
        """The same, politely: False when writers left no gap in this time."""
        self._open()
        if not _take(self._main, time.monotonic() + seconds, alone=True):
            yield False
            return
        with self._holding(alone=True):
            yield True

    def _pass_gate(self, *, alone: bool) -> None:
        until = time.monotonic() + _LONGEST
        _take(self._gate, until, alone=alone)
        try:
            _take(self._main, until, alone=alone)
        finally:
            self._gate.give()

    @contextmanager
    def _holding(self, *, alone: bool) -> Iterator[None]:
        self._held.append(alone)
        try:
            yield
        finally:
            self._held.pop()
            if self._held:
                _take(self._main, time.monotonic() + _LONGEST, alone=self._held[-1])
            else:
                self._main.give()

    def _open(self) -> None:
        if self._process == os.getpid():
            return
        # what a fork inherits would be one lock with the parent's
        self._process, self._held = os.getpid(), []
        self._main, self._gate = FileLock(self._conf, 0), FileLock(self._conf, 1)


def _take(lock: FileLock, until: float, *, alone: bool) -> bool:
    """Take it before that moment; whether it was had."""
    while not lock.take(alone=alone):
        if time.monotonic() >= until:
            return False
        time.sleep(_BEAT)
    return True


class NoLock:
    """For libraries that look after themselves."""

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Nothing to hold."""
        yield

    alone = writing

    @contextmanager
    def alone_within(self, _seconds: float) -> Iterator[bool]:
        """Always alone enough."""
        yield True


def store_lock() -> StoreLock | NoLock:
    """The lock of the soft tokens this process's environment names; nothing where it names none."""
    conf = os.environ.get("SOFTHSM2_CONF", "")
    return _lock_of(conf) if os.path.isfile(conf) else NoLock()  # noqa: PTH113  at every order: a path takes as long


@cache
def _lock_of(conf: str) -> StoreLock:
    return StoreLock(Path(conf))
