"""Asking the person: what a face can do, and which one there is here."""

import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Protocol

from agent.prompt.nobody import NobodyPrompt
from agent.settings import PromptKind
from agent.words import Words
from portal.ports.token import Pin


class Prompt(Protocol):
    """A face that asks one thing at a time and waits as long as it takes; None means that nobody answered."""

    #: Whether there is somebody to ask.
    asks: bool

    def choose(self, text: str, options: Sequence[str]) -> int | None:
        """The number of the option that was chosen, from 0."""
        ...

    def secret(self, text: str) -> Pin | None:
        """A PIN, typed without being shown."""
        ...

    def tell(self, text: str) -> None:
        """Say it; nothing is waited for."""
        ...

    def withdraw(self) -> None:
        """Take the open question away, if there is one: it answers None. May be called from another thread."""
        ...

    def close(self) -> None:
        """Take it away and ask nothing more."""
        ...


def prompt_of(kind: PromptKind, words: Words) -> Prompt:
    """The face that was asked for; by itself the terminal where there is one, else a window, else nobody."""
    if kind is PromptKind.AUTO:
        kind = _natural()
    if kind is PromptKind.TERMINAL:
        from agent.prompt.terminal import TerminalPrompt  # noqa: PLC0415 - each face loads what only it needs

        return TerminalPrompt(words)
    if kind is PromptKind.WINDOW:
        from agent.prompt.window import WindowPrompt  # noqa: PLC0415

        return WindowPrompt(words)
    return NobodyPrompt()


def _natural() -> PromptKind:
    if sys.stdin is not None and sys.stdin.isatty():
        return PromptKind.TERMINAL
    screen = sys.platform == "win32" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return PromptKind.WINDOW if screen and find_spec("tkinter") else PromptKind.NONE
