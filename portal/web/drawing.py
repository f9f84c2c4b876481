"""Pieces of pages that need not be drawn anew: for every row of a list, or for every request."""

from collections.abc import Callable, Hashable
from functools import cache
from typing import Final

from flask import Flask, request
from jinja2.runtime import Macro

from portal.web.translate import tongue

_MOST: Final = 2_000
_drawn: Final[dict[tuple[Hashable, ...], str]] = {}


def init_drawing(app: Flask) -> None:
    """Let templates draw once what stays the same."""
    app.jinja_env.globals.update(memo=memo, drawn=drawn)


def memo(macro: Callable[..., str]) -> Callable[..., str]:
    """For lists: the macro, drawn once for each value and then repeated."""
    return cache(macro)


def drawn(macro: Macro, *values: Hashable) -> str:
    """For the frame: what depends on nothing but these values and the language is drawn once for a process.

    Values of a visitor may be among them, secrets such as a form's token may not.
    """
    where = macro._func.__code__.co_filename  # noqa: SLF001  two files may have macros of one name
    key = (where, macro.name, tongue().language, request.script_root, *values)
    found = _drawn.get(key)
    if found is None:
        if len(_drawn) >= _MOST:  # names and searches of many visitors: begin again
            _drawn.clear()
        found = _drawn[key] = macro(*values)
    return found
