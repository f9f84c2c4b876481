"""A small window as a face; each question is a process of its own, so that it can be taken away and may crash."""

from collections.abc import Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from threading import Lock

from agent.prompt.window_process import SECRET, Question, show
from agent.words import Words
from portal.ports.token import Pin


class WindowPrompt:
    """Implements Prompt with tkinter. What is told and needs no answer stands in a window of its own."""

    asks = True

    def __init__(self, words: Words) -> None:
        self._words = words
        self._lock = Lock()
        self._open: Connection | None = None
        self._withdrawn = False
        self._closed = False
        self._notes: list[tuple[SpawnProcess, Connection]] = []

    def choose(self, text: str, options: Sequence[str]) -> int | None:
        answer = self._ask(Question(self._words("window_title"), text, tuple(options)))
        return int(answer) if answer else None

    def secret(self, text: str) -> Pin | None:
        buttons = (self._words("ok"), self._words("cancel"))
        answer = self._ask(Question(self._words("window_title"), text, buttons, field=self._words("pin")))
        return Pin(answer.removeprefix(SECRET)) if answer.startswith(SECRET) and answer != SECRET else None

    def tell(self, text: str) -> None:
        """Shown until it is read, beside everything else."""
        if self._closed:
            return
        self._tidy()
        self._notes.append(_shown(Question(self._words("window_title"), text, (self._words("ok"),))))

    def withdraw(self) -> None:
        with self._lock:
            self._withdrawn = True
            if self._open is not None:
                with suppress(OSError):
                    self._open.send(None)

    def close(self) -> None:
        self._closed = True
        self.withdraw()
        for process, pipe in self._notes:
            _end(process, pipe)

    def _tidy(self) -> None:
        """Let go of notes that were read."""
        read = [note for note in self._notes if not note[0].is_alive()]
        self._notes = [note for note in self._notes if note not in read]
        for process, pipe in read:
            _end(process, pipe)

    def _ask(self, question: Question) -> str:
        process, here = _shown(question)
        with self._lock:
            self._open = here
            gone = self._withdrawn or self._closed
        try:
            return "" if gone else _said(here)
        except (EOFError, OSError):
            return ""
        finally:
            with self._lock:
                self._open, self._withdrawn = None, False
                _end(process, here)


def _shown(question: Question) -> tuple[SpawnProcess, Connection]:
    """A window of its own; it goes when this end of the pipe does."""
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=show, args=(there, question), daemon=True)
    process.start()
    there.close()
    return process, here


def _end(process: SpawnProcess, pipe: Connection) -> None:
    pipe.close()
    process.kill()
    process.join()
    process.close()


def _said(pipe: Connection) -> str:
    """The answer; a window that was taken away or crashed ends without one."""
    return str(pipe.recv())
