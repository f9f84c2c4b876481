"""Figures of a very large fleet, counted again only after a few seconds.

Counting hundreds of thousands of rows for each look at a page would cost more than anybody gains from a figure that
is right to the second. What is counted quickly is always counted.
"""

from collections.abc import Callable, Hashable
from time import monotonic
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection
from sqlalchemy.pool import Pool

Figures = TypeVar("Figures")

#: From so many rows on, figures are remembered.
MANY: Final = 50_000
SECONDS: Final = 5.0
_MOST: Final = 200

_known: Final[WeakKeyDictionary[Pool, dict[Hashable, tuple[float, Any]]]] = WeakKeyDictionary()


def remembered(
    connection: Connection, what: Hashable, count: Callable[[], Figures], rows: Callable[[Figures], int]
) -> Figures:
    """The figures of this name: counted, or as counted a few seconds ago when ``rows`` says they were very many."""
    known = _known.setdefault(connection.engine.pool, {})
    until, figures = known.get(what, (0.0, None))
    if figures is not None and monotonic() < until:
        return figures  # type: ignore[no-any-return]
    counted = count()
    if rows(counted) >= MANY:
        if len(known) >= _MOST:
            known.clear()
        known[what] = (monotonic() + SECONDS, counted)
    return counted
