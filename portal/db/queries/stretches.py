"""Looking through a long list a stretch at a time.

A stretch is so short that nobody waits for it even when nothing in it passes the tests of a filter.
"""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any, Final, TypeAlias

from portal.db.base import AnyRow

#: Where a list stands: the values it is ordered by, of one row.
Place: TypeAlias = tuple[Any, ...]

#: Nobody waits longer for a page; what was found by then is shown.
PATIENCE: Final = 0.012


def in_stretches(
    stop_behind: Callable[[Place | None], Place | None],
    rows_between: Callable[[Place | None, Place | None, int], Sequence[AnyRow]],
    place: Place | None,
    wanted: int,
) -> tuple[list[AnyRow], Place | None]:
    """So many rows behind a place, and where looking stopped when it came neither to that number nor to the end.

    ``stop_behind`` tells where the stretch behind a place ends, None when it goes to the end of the list;
    ``rows_between`` reads at most so many rows of it.
    """
    began, found = perf_counter(), list[AnyRow]()
    while True:
        stop = stop_behind(place)
        found += rows_between(place, stop, wanted - len(found))
        if stop is None or len(found) >= wanted:
            return found, None
        if perf_counter() - began > PATIENCE:
            return found, stop
        place = stop
