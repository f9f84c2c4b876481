"""Servers of a test run: started in a session of their own, watched by a guardian, always stopped."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.guardian import alive

GUARDIAN: Final = Path(__file__).with_name("guardian.py")
FAST_PLACE: Final = Path("/dev/shm")  # noqa: S108  memory, where each fsync of a token costs nothing
ROOM: Final = 512 * 2**20
OWNED: Final = re.compile(r"kly-[a-z]+-(\d+)-\w+")


class RigError(Exception):
    """A real part that the tests need could not be had; bin/setup installs it."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """A server behind its guardian."""

    guardian: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> None:
        self.guardian.terminate()
        try:
            self.guardian.wait(120)
        except subprocess.TimeoutExpired:
            self.guardian.kill()
            self.guardian.wait()

    def wait_until(self, ready: Callable[[], bool], seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while not ready():
            if self.guardian.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RigError(f"{self.guardian.args!r} did not start:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.01)


def start(
    command: Sequence[str | Path],
    log: Path,
    *,
    owner: int | None = None,
    user: str = "-",
    stop_signal: signal.Signals = signal.SIGTERM,
) -> Guarded:
    """Start a server that ends with its owner (this process, unless told otherwise)."""
    guardian = [sys.executable, "-IS", str(GUARDIAN), str(owner or os.getpid()), user, str(int(stop_signal))]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*guardian, *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd="/",
        )
    return Guarded(process, log)


def temporary_folder(prefix: str, *, in_memory: bool = True) -> Path:
    """A folder in memory when there is room, else on disk; short, because sockets live in it."""
    return Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-", dir=FAST_PLACE if in_memory and _roomy() else None))


def _roomy() -> bool:
    return FAST_PLACE.is_dir() and os.access(FAST_PLACE, os.W_OK) and shutil.disk_usage(FAST_PLACE).free > ROOM


def sweep_folders() -> None:
    """Remove what test runs left behind that were killed before they could tidy up."""
    for place in {FAST_PLACE, Path(tempfile.gettempdir())}:
        for folder in place.glob("kly-*"):
            owner = OWNED.fullmatch(folder.name)
            if owner and not alive(int(owner[1])):
                shutil.rmtree(folder, ignore_errors=True)


def find_program(*names: str) -> Path:
    """The first of these programs that is installed; none is a broken rig, not a reason to skip."""
    for name in names:
        found = shutil.which(name)
        if found:
            return Path(found)
    raise RigError(f"none of {', '.join(names)} is installed: run bin/setup")
