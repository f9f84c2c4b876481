"""A soft token's store must not be read by one process while another writes to it.

SoftHSM2 2.6.1 keeps tokens as files and reads all of them when it starts and when it looks for objects; doing so at
the moment another process creates an object made that object lose its attributes about once in two hundred times
(tried; the public half of a fresh pair came out empty and stayed so). Hardware tokens share themselves between
processes and need none of this. Writers hold the store together, whoever starts the library or scans holds it alone.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, LOCK_UN, flock
from functools import cache
from pathlib import Path
from typing import Final

_BEAT: Final = 0.002
_LONGEST: Final = 2.0  # no order on a soft token takes longer, unless its process hangs


class StoreLock:
    """One lock of this process on the store's configuration file; it may be taken within itself.

    ``gate`` is passed by writers and closed by whoever waits to be alone, so that a stream of writers ends.
    """

    def __init__(self, conf: Path) -> None:
        self._conf = conf
        self._process = 0
        self._main = self._gate = -1
        self._held: list[int] = []

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Together with other writers, while nobody reads the whole store."""
        if self._held:
            yield
            return
        self._open()
        until = time.monotonic() + _LONGEST
        _take(self._gate, LOCK_SH, until)
        try:
            _take(self._main, LOCK_SH, until)
        finally:
            flock(self._gate, LOCK_UN)
        with self._holding(LOCK_SH):
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While nobody writes; a writer of this process gives its own hold up for as long.

        A process that hangs with the store in its hands does not stop others for ever: after a while they go on.
        """
        if LOCK_EX in self._held:
            yield
            return
        self._open()
        flock(self._main, LOCK_UN)
        until = time.monotonic() + _LONGEST
        _take(self._gate, LOCK_EX, until)
        try:
            _take(self._main, LOCK_EX, until)
        finally:
            flock(self._gate, LOCK_UN)
        with self._holding(LOCK_EX):
            yield

    @contextmanager
    def alone_within(self, seconds: float) -> Iterator[bool]:
        """The same, politely: False when writers left no gap in this time."""
        self._open()
        if not _take(self._main, LOCK_EX, time.monotonic() + seconds):
            yield False
            return
        with self._holding(LOCK_EX):
            yield True

    @contextmanager
    def _holding(self, mode: int) -> Iterator[None]:
        self._held.append(mode)
        try:
            yield
        finally:
            self._held.pop()
            flock(self._main, self._held[-1] if self._held else LOCK_UN)

    def _open(self) -> None:
        if self._process == os.getpid():
            return
        # what a fork inherits would be one lock with the parent's
        self._process, self._held = os.getpid(), []
        self._main = os.open(self._conf, os.O_RDONLY | os.O_CLOEXEC)
        self._gate = os.open(self._conf.parent, os.O_RDONLY | os.O_CLOEXEC)


def _take(handle: int, mode: int, until: float) -> bool:
    """Take a lock before that moment; whether it was had."""
    while True:
        with suppress(BlockingIOError):
            flock(handle, mode | LOCK_NB)
            return True
        if time.monotonic() >= until:
            return False
        time.sleep(_BEAT)


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
    conf = Path(os.environ.get("SOFTHSM2_CONF", ""))
    return _lock_of(conf) if conf.is_file() else NoLock()


@cache
def _lock_of(conf: Path) -> StoreLock:
    return StoreLock(conf)
