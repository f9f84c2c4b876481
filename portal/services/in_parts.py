"""Many values in parts that fit into one statement."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

_BATCH: Final = 5000


def batches(items: Iterable[int] | Iterable[str]) -> Iterator[list[int] | list[str]]:
    """Parts that fit into one statement."""
    rest = iter(items)
    while part := list(islice(rest, _BATCH)):
        yield part  # type: ignore[misc]
