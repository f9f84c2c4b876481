"""One child process: how it is started, how it is known to be well, how it and all it started are ended."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from portal.supervisor.nursed import Nursed, Nursery

LOG_LIMIT: Final = 5 * 2**20
WELL_AFTER: Final = 30.0  # a child that ran this long has started well: its next end is its first
LONGEST_PAUSE: Final = 30.0


@dataclass(frozen=True, slots=True)
class Spec:
    """What to run, and how to ask whether it is ready; without a question it is ready when it runs."""

    name: str
    command: Sequence[str]
    ready: Callable[[], bool] = lambda: True
    env: Mapping[str, str] = field(default_factory=dict)
    nursed: bool = False  # begins in the nursery: a program that shares what the portal's processes load


@dataclass(slots=True)
class Child:
    """A running spec with the memory of its failures."""

    spec: Spec
    env: Mapping[str, str]
    log: Path
    nursery: Nursery | None = None
    process: subprocess.Popen[bytes] | Nursed | None = None
    started_at: float = 0.0
    failures: int = 0
    start_again_at: float | None = field(default=None)

    def start(self) -> None:
        """Start it in a session of its own, so that a Ctrl-C reaches the supervisor alone."""
        _shorten(self.log)
        env = {**self.spec.env, **self.env}
        nursed = self.nursery.begin(self.spec.command, env, self.log) if self.nursery and self.spec.nursed else None
        self.process = nursed or self._process_of_its_own(env)
        self.started_at = time.monotonic()
        self.start_again_at = None

    def _process_of_its_own(self, env: Mapping[str, str]) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as output:
            return subprocess.Popen(  # noqa: S603  a list of our own making, no shell
                [*_dies_with_us(), *self.spec.command],
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def note_end(self) -> float:
        """Remember that it ended by itself; answers after how many seconds it is started again."""
        lasted = time.monotonic() - self.started_at
        self.failures = 1 if lasted > WELL_AFTER else self.failures + 1
        pause: float = min(0.5 * 2 ** min(self.failures - 1, 10), LONGEST_PAUSE)
        self.start_again_at = time.monotonic() + pause
        self._end_session(signal.SIGKILL)
        return pause

    def due(self) -> bool:
        return self.start_again_at is not None and time.monotonic() >= self.start_again_at

    def ask_to_stop(self) -> None:
        self.start_again_at = None
        if self.process is not None and self.running():
            self.process.terminate()

    def stopped_within(self, deadline: float) -> bool:
        """Wait for its end; afterwards nothing it started is left, however it ended."""
        if self.process is None:
            return True
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
            in_time = True
        except subprocess.TimeoutExpired:
            in_time = False
        self._end_session(signal.SIGKILL)
        self.process.wait()
        return in_time

    def last_words(self, lines: int = 20) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _end_session(self, number: signal.Signals) -> None:
        if self.process is not None:
            for pid in session_members(self.process.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, number)


def session_members(session: int) -> list[int]:
    """The processes of a session: a child, its children, and those whose parent is gone already."""
    return [pid for pid in _all_pids() if _session_of(pid) == session]


def _all_pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _session_of(pid: int) -> int | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, session = fields[0], int(fields[3])
    return None if state == "Z" else session


def _dies_with_us() -> list[str]:
    """A prefix that ends the child when the supervisor is killed without a chance to end it."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


def _shorten(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".old.log"))
