"""A file one process holds at a time; the hold ends with the process, however it ends."""

import os
import sys
import time
from pathlib import Path
from typing import Final

_BEAT: Final = 0.05


class HeldFile:
    """Try to hold it; what is held stays so until released or until this process is gone."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def take(self, patience: float = 0.0) -> bool:
        """Whether it is ours now; waits this many seconds for who has it."""
        until = time.monotonic() + patience
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        while not _locked(handle):
            if time.monotonic() >= until:
                os.close(handle)
                return False
            time.sleep(_BEAT)
        self._handle = handle
        return True

    def release(self) -> None:
        """Let it go."""
        if self._handle is not None:
            os.close(self._handle)
        self._handle = None


def held(path: Path) -> bool:
    """Whether some process holds it."""
    probe = HeldFile(path)
    if not path.exists():
        return False
    free = probe.take()
    probe.release()
    return not free


if sys.platform == "win32":
    import msvcrt

    def _locked(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _locked(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
