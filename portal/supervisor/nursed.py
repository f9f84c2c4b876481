"""Processes that begin in the nursery, as the supervisor knows them: like any other child, though forked elsewhere."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from portal.supervisor.nursery import LONGEST

#: Loading takes two seconds, on a busy machine many more; where it takes longer than this a process starts otherwise.
LOADED_WITHIN: Final = 60.0
ROOM: Final = "-" * 600
#: Checking a password takes 64 MiB: in large pages the kernel hands them out in a fifth less time.
LARGE_PAGES: Final = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
OWN_PROGRAM: Final = [sys.executable, "-m"]


class Nursed:
    """A process forked by the nursery; it can be asked what ``subprocess.Popen`` can."""

    def __init__(self, nursery: "Nursery", pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._nursery = nursery

    def poll(self) -> int | None:
        """How it ended, or nothing while it runs."""
        self._nursery.listen()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """How it ended; it is waited for."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
            self._nursery.listen(0.5 if left is None else min(left, 0.5))
        return code

    def terminate(self) -> None:
        """Ask it to end."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


class Nursery:
    """The process that others begin in; started when it is first needed, and again when it is gone."""

    def __init__(self, env: Mapping[str, str], log: Path) -> None:
        self._env = env
        self._log = log
        self._lock = threading.RLock()
        self._line: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._nursed: dict[int, Nursed] = {}

    def open(self) -> None:
        """Begin to load, unless that was done."""
        with self._lock:
            if self._line is None:
                self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                with theirs, self._log.open("ab") as output:
                    self._process = self._start(theirs.fileno(), output)

    def begin(self, command: Sequence[str], env: Mapping[str, str], log: Path) -> Nursed | None:
        """Fork a program of ours; nothing when the nursery cannot, so that it is started otherwise."""
        order = {"command": list(command), "env": dict(env), "log": str(log)}
        with self._lock:
            self.open()
            try:
                return self._forked(json.dumps(order).encode())
            except OSError:
                self.close()
                return None

    def listen(self, seconds: float = 0.0) -> None:
        """Hear who has ended; wait so long for the first word."""
        with self._lock, suppress(OSError):
            while told := self._hear(seconds):
                self._take_in(told)
                seconds = 0.0

    def close(self) -> None:
        """End the nursery, and with it whoever still runs."""
        with self._lock:
            line, self._line = self._line, None
            if line is not None:
                line.close()
            if self._process is not None:
                self._process.kill()
                self._process.wait()
            for one in self._nursed.values():
                one.returncode = -signal.SIGTERM  # asked so by the kernel when the nursery ended
            self._nursed.clear()

    def _start(self, number: int, output: IO[bytes]) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603  a list of our own making, no shell
            [*OWN_PROGRAM, "portal.supervisor.nursery", str(number), ROOM],
            env=dict(self._env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=[number],
            start_new_session=True,
        )

    def _forked(self, order: bytes) -> Nursed:
        if self._line is None or len(order) >= LONGEST:
            raise OSError(f"{len(order)} bytes cannot be said")
        self._line.send(order)
        deadline = time.monotonic() + LOADED_WITHIN
        while (left := deadline - time.monotonic()) > 0 and self._line is not None:
            if (told := self._hear(left)) and (started := self._take_in(told)):
                return started
        raise OSError("the nursery does not answer")

    def _hear(self, seconds: float) -> dict[str, int]:
        """The next word of the nursery, if one comes within this time; its end ends all who began there."""
        if self._line is None or not select.select([self._line], [], [], seconds)[0]:
            return {}
        if not (said := self._line.recv(LONGEST)):
            self.close()
            return {}
        told: dict[str, int] = json.loads(said)
        return told

    def _take_in(self, told: Mapping[str, int]) -> Nursed | None:
        """Who was started; who has ended knows so from now on."""
        if "started" in told:
            return self._nursed.setdefault(told["started"], Nursed(self, told["started"]))
        if ended := self._nursed.pop(told["ended"], None):
            ended.returncode = told["code"]
        return None
