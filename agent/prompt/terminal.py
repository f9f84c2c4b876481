"""The terminal as a face: numbered choices, a PIN without echo; an open question can be taken back."""

import os
import sys
from collections.abc import Callable, Sequence
from threading import Event
from typing import Final

from agent.words import Words
from portal.ports.token import Pin

_BEAT: Final = 0.1
_LONGEST_LINE: Final = 4096


class TerminalPrompt:
    """Implements Prompt over standard input and output."""

    asks = True

    def __init__(self, words: Words) -> None:
        self._words = words
        self._withdrawn = Event()
        self._closed = Event()
        self._input = sys.stdin.fileno()

    def choose(self, text: str, options: Sequence[str]) -> int | None:
        self._print(text, *(f"  {number}. {option}" for number, option in enumerate(options, 1)))
        while True:
            self._begin(self._words("choose"))
            line = self._line()
            if line is None:
                return None
            if line.strip().isdecimal() and 1 <= int(line) <= len(options):
                return int(line) - 1
            self._print(self._words("choose_again", most=len(options)))

    def secret(self, text: str) -> Pin | None:
        self._print(text)
        line = _hidden(self._input, self._pin_line)
        self._print("")
        return Pin(line) if line else None

    def _pin_line(self) -> str | None:
        self._begin(self._words("pin"))
        return self._line()

    def tell(self, text: str) -> None:
        self._print(text)

    def withdraw(self) -> None:
        self._withdrawn.set()

    def close(self) -> None:
        self._closed.set()

    def _print(self, *lines: str) -> None:
        print(*lines, sep="\n", flush=True)  # noqa: T201 - this is the terminal

    def _begin(self, text: str) -> None:
        print(f"{text}: ", end="", flush=True)  # noqa: T201

    def _line(self) -> str | None:
        while not (self._withdrawn.is_set() or self._closed.is_set()):
            if _readable(self._input):
                got = os.read(self._input, _LONGEST_LINE)
                if not got:  # the terminal is gone: nobody will ever answer
                    self.asks = False
                    return None
                return got.decode("utf-8", "replace").rstrip("\r\n")
        self._withdrawn.clear()  # it was for this question, also when it came before the question did
        return None


if sys.platform == "win32":
    import getpass

    def _readable(_handle: int) -> bool:
        return True

    def _hidden(_handle: int, _read: Callable[[], str | None]) -> str | None:
        return getpass.getpass("")
else:
    import select
    import termios

    def _readable(handle: int) -> bool:
        return bool(select.select([handle], [], [], _BEAT)[0])

    def _hidden(handle: int, read: Callable[[], str | None]) -> str | None:
        if not os.isatty(handle):
            return read()
        before = termios.tcgetattr(handle)
        quiet = [*before]
        quiet[3] = before[3] & ~termios.ECHO
        termios.tcsetattr(handle, termios.TCSADRAIN, quiet)
        try:
            return read()
        finally:
            termios.tcsetattr(handle, termios.TCSADRAIN, before)
