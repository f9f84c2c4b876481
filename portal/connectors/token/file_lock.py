"""Locks on a file, held by several together or by one alone, as each system has them; they end with their process."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

if sys.platform == "win32":
    import msvcrt

    #: Who locks a byte there keeps others from reading it, so it is one the file does not have.
    _FAR: Final = 1 << 30

    class FileLock:
        """One of several locks of a file; held by one at a time, whoever would share it."""

        def __init__(self, path: Path, place: int) -> None:
            self._handle = os.open(path, os.O_RDONLY | os.O_BINARY | os.O_NOINHERIT)
            self._place = _FAR + place
            self._held = False

        def take(self, *, alone: bool) -> bool:  # noqa: ARG002  there is one kind only
            """Whether it was free, or is ours already."""
            if not self._held:
                os.lseek(self._handle, self._place, os.SEEK_SET)
                with suppress(OSError):
                    msvcrt.locking(self._handle, msvcrt.LK_NBLCK, 1)
                    self._held = True
            return self._held

        def give(self) -> None:
            """Let it go."""
            if self._held:
                os.lseek(self._handle, self._place, os.SEEK_SET)
                msvcrt.locking(self._handle, msvcrt.LK_UNLCK, 1)
            self._held = False

else:
    from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, LOCK_UN, flock

    class FileLock:
        """One of several locks of a file: the file's own, then that of its folder."""

        def __init__(self, path: Path, place: int) -> None:
            self._handle = os.open((path, path.parent)[place], os.O_RDONLY | os.O_CLOEXEC)

        def take(self, *, alone: bool) -> bool:
            """Whether it could be had at once; what is held otherwise becomes this kind."""
            with suppress(BlockingIOError):
                flock(self._handle, (LOCK_EX if alone else LOCK_SH) | LOCK_NB)
                return True
            return False

        def give(self) -> None:
            """Let it go."""
            flock(self._handle, LOCK_UN)
