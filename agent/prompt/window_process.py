"""The window itself, in its process: a text, a field where one is wanted, and buttons."""

import signal
import tkinter as tk
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from tkinter import ttk
from typing import Final

#: An answer that is a PIN begins with this; any other is the number of a button.
SECRET: Final = "="
_BEAT: Final = 100  # milliseconds between two looks whether the question still stands
_WRAP: Final = 520


@dataclass(frozen=True, slots=True)
class Question:
    """What is shown; with ``field`` a PIN is asked for and the first button sends it."""

    title: str
    text: str
    buttons: tuple[str, ...]
    field: str = ""


def show(pipe: Connection, question: Question) -> None:
    """Show it and send the answer; empty when the window was closed, nothing when it was taken away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _Window(pipe, question).mainloop()


class _Window(tk.Tk):
    def __init__(self, pipe: Connection, question: Question) -> None:
        super().__init__()
        self._pipe = pipe
        self._question = question
        self._secret = tk.StringVar(self)
        self.title(question.title)
        self.resizable(width=False, height=False)
        self.protocol("WM_DELETE_WINDOW", partial(self._send, ""))
        self.bind("<Escape>", lambda _event: self._send(""))
        self._fill(ttk.Frame(self, padding=16))
        self.attributes("-topmost", True)  # noqa: FBT003 - how tkinter is told
        self.after(_BEAT, self._look)

    def _fill(self, frame: ttk.Frame) -> None:
        frame.grid()
        ttk.Label(frame, text=self._question.text, wraplength=_WRAP, justify="left").grid(sticky="w", pady=(0, 12))
        if self._question.field:
            ttk.Label(frame, text=self._question.field).grid(sticky="w")
            field = ttk.Entry(frame, textvariable=self._secret, show="•", width=32)
            field.grid(sticky="we", pady=(0, 12))
            field.bind("<Return>", lambda _event: self._press(0))
            field.focus_set()
        for number, text in enumerate(self._question.buttons):
            button = ttk.Button(frame, text=text, command=partial(self._press, number))
            button.grid(sticky="we", pady=2)
            button.bind("<Return>", lambda event: event.widget.invoke())

    def _press(self, number: int) -> None:
        if self._question.field:
            self._send(SECRET + self._secret.get() if number == 0 else "")
        else:
            self._send(str(number))

    def _send(self, answer: str) -> None:
        with suppress(OSError):
            self._pipe.send(answer)
        self.destroy()

    def _look(self) -> None:
        """Gone when the question is taken back, or the program that asked."""
        with suppress(OSError):
            if not self._pipe.poll():
                self.after(_BEAT, self._look)
                return
        self.destroy()
