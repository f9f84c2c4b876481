"""A small window as a face; each question is a process of its own, so that it can be taken away and may crash."""

from collections.abc import Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
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
        self._closed = False

    def choose(self, text: str, options: Sequence[str]) -> int | None:
        answer = self._ask(Question(self._words("window_title"), text, tuple(options)))
        return int(answer) if answer else None

    def secret(self, text: str) -> Pin | None:
        buttons = (self._words("ok"), self._words("cancel"))
        answer = self._ask(Question(self._words("window_title"), text, buttons, field=self._words("pin")))
        return Pin(answer.removeprefix(SECRET)) if answer.startswith(SECRET) and answer != SECRET else None

    def tell(self, text: str) -> None:
        """Shown until it is read, beside everything else."""
        if not self._closed:
            here, there = get_context("spawn").Pipe()
            question = Question(self._words("window_title"), text, (self._words("ok"),))
            get_context("spawn").Process(target=show, args=(there, question), daemon=True).start()
            there.close()
            here.close()

    def withdraw(self) -> None:
        with self._lock:
            if self._open is not None:
                with suppress(OSError):
                    self._open.send(None)

    def close(self) -> None:
        self._closed = True
        self.withdraw()

    def _ask(self, question: Question) -> str:
        context = get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=show, args=(there, question), daemon=True)
        process.start()
        there.close()
        with self._lock:
            self._open = here
        try:
            return "" if self._closed else str(here.recv())
        except (EOFError, OSError):
            return ""
        finally:
            with self._lock:
                self._open = None
                here.close()
            process.kill()
            process.join()
            process.close()
