"""Pieces of pages that need not be drawn anew: for every row of a list, or for every request."""

from collections.abc import Callable, Hashable
from functools import cache
from typing import Final

from flask import Flask, request
from jinja2.runtime import Macro

from portal.web.translate import tongue

#: So many letters of pieces are kept, some megabytes.
_MOST: Final = 2_000_000


class Drawings:
    """Pieces of one application's pages by what they were drawn from: another application has other addresses."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Hashable, ...], str] = {}
        self._letters = 0

    def drawn(self, macro: Macro, *values: Hashable) -> str:
        """What depends on nothing but these values and the language is drawn once: the frame, drop-downs.

        Values of a visitor may be among them, secrets such as a form's token may not.
        """
        where = macro._func.__code__.co_filename  # noqa: SLF001  two files may have macros of one name
        key = (where, macro.name, tongue().language, request.script_root, *values)
        found = self._kept.get(key)
        return self._keep(key, macro(*values)) if found is None else found

    def _keep(self, key: tuple[Hashable, ...], piece: str) -> str:
        self._letters += len(piece)
        if self._letters > _MOST:  # as of names and searches of many visitors: begin again
            self._kept.clear()
            self._letters = len(piece)
        self._kept[key] = piece
        return piece


def init_drawing(app: Flask) -> None:
    """Let templates draw once what stays the same."""
    app.jinja_env.globals.update(memo=memo, drawn=Drawings().drawn)


def memo(macro: Callable[..., str]) -> Callable[..., str]:
    """For lists: the macro, drawn once for each value and then repeated."""
    return cache(macro)
