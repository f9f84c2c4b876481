"""Pieces of pages that need not be drawn anew: for every row of a list, or for every request."""

from collections.abc import Callable, Hashable
from functools import cache
from typing import Final

from flask import Flask, request
from jinja2.runtime import Macro

from portal.web.translate import tongue

#: So many letters of pieces are kept, some megabytes.
_MOST: Final = 2_000_000


class _Drawn(dict[tuple[Hashable, ...], str]):
    """Pieces by what they were drawn from. Too many, as of names and searches of many visitors, make it begin again."""

    letters = 0

    def keep(self, key: tuple[Hashable, ...], piece: str) -> str:
        self.letters += len(piece)
        if self.letters > _MOST:
            self.clear()
            self.letters = len(piece)
        self[key] = piece
        return piece


_drawn: Final = _Drawn()


def init_drawing(app: Flask) -> None:
    """Let templates draw once what stays the same."""
    app.jinja_env.globals.update(memo=memo, drawn=drawn)


def memo(macro: Callable[..., str]) -> Callable[..., str]:
    """For lists: the macro, drawn once for each value and then repeated."""
    return cache(macro)


def drawn(macro: Macro, *values: Hashable) -> str:
    """What depends on nothing but these values and the language is drawn once for a process: the frame, drop-downs.

    Values of a visitor may be among them, secrets such as a form's token may not.
    """
    where = macro._func.__code__.co_filename  # noqa: SLF001  two files may have macros of one name
    key = (where, macro.name, tongue().language, request.script_root, *values)
    found = _drawn.get(key)
    return _drawn.keep(key, macro(*values)) if found is None else found
