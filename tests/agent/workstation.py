"""The real program in a process of its own, with a person at a pseudo-terminal."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

from agent.state import State
from tests.support.source_tree import ROOT
from tests.support.waiting import eventually


class Workstation:
    """One running agent; ``screen`` is everything the person saw."""

    def __init__(self, command: Sequence[str], env: dict[str, str]) -> None:
        self._keyboard, there = pty.openpty()
        self._shown = bytearray()
        self._read_to = 0
        self.process = subprocess.Popen(
            command, stdin=there, stdout=there, stderr=there, cwd=ROOT, env=env, start_new_session=True
        )
        os.close(there)
        self._watch = Thread(target=self._look, daemon=True)
        self._watch.start()

    @property
    def screen(self) -> str:
        return bytes(self._shown).decode("utf-8", "replace")

    def sees(self, words: str) -> None:
        """The person waits for these words; what came before them is read."""
        needle = words.encode()

        def come() -> bool:
            place = bytes(self._shown).find(needle, self._read_to)
            if place >= 0:
                self._read_to = place + len(needle)
            return place >= 0 or self._over()

        eventually(come, f"the screen says {words!r}")
        assert needle in bytes(self._shown)[: self._read_to], f"ended without {words!r}: {self.screen}"

    def types(self, text: str) -> None:
        os.write(self._keyboard, f"{text}\n".encode())

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, and wait until it has."""
        with suppress(ProcessLookupError):
            self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        code = self.process.wait(timeout=120)
        self._watch.join(timeout=120)
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._watch.join(timeout=120)
        with suppress(OSError):
            os.close(self._keyboard)

    def _over(self) -> bool:
        return self.process.poll() is not None and not self._watch.is_alive()

    def _look(self) -> None:
        while True:
            try:
                got = os.read(self._keyboard, 65536)
            except OSError:  # whoever held the other end is gone
                return
            if not got:
                return
            self._shown += got


def command(state: State, modules: Sequence[Path], *words: str, program: Sequence[str] = ("-m", "agent")) -> list[str]:
    """How the program is called here."""
    named = [part for module in modules for part in ("--module", str(module))]
    return [sys.executable, *program, "--state-dir", str(state.folder), *named, "--language", "ru", *words]


@contextmanager
def workstation(called: Sequence[str]) -> Iterator[Workstation]:
    """The program as it was called, gone at the end."""
    station = Workstation(called, {**os.environ, "PYTHONUNBUFFERED": "1"})
    try:
        yield station
    finally:
        station.close()
