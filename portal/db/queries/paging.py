"""Pages by key: any depth costs the same, because a page begins after the last row of the one before."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, and_, case, func, select

from portal.db.base import AnySelect
from portal.db.reading import ask_alike
from portal.domain.errors import InvalidInput

Item = TypeVar("Item", covariant=True)  # noqa: PLC0105 - read as a plain word in every signature

PAGE_SIZE: Final = 50
#: Counting further would cost more than anybody gains from the figure.
COUNT_LIMIT: Final = 1000
_SCAN_LIMIT: Final = 1000
_LARGEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are; ``more`` says at least that many."""

    number: int
    more: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a list; ``after`` asks for the next one, None at the end."""

    items: tuple[Item, ...]
    after: str | None
    count: Count
    #: What was searched for instead, when the words as typed found nothing.
    understood: str = ""
    #: Looking took too long to come to the end of a page: there may be more behind it, or nothing.
    partly: bool = False


def encode(*values: str | int | datetime) -> str:
    """A place in a list, safe in a URL."""
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain, ensure_ascii=False).encode()).decode().rstrip("=")


def decode(cursor: str, *kinds: type) -> tuple[Any, ...]:
    """The place back; raises InvalidInput for anything we did not make."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        plain = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        return tuple(_value(value, kind) for value, kind in zip(plain, kinds, strict=True))
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error) as error:
        raise InvalidInput({"after": "bad_cursor"}) from error


def _value(value: object, kind: type) -> object:
    """What a database can be asked for; raises TypeError, ValueError or OverflowError for anything else."""
    if kind is datetime and isinstance(value, str):
        return datetime.fromisoformat(value).astimezone(UTC)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(value)
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise OverflowError(value)
    if isinstance(value, str) and b"\0" in value.encode():
        raise ValueError(value)
    return value


def capped_count(connection: Connection, query: AnySelect) -> Count:
    """How many rows the query has, up to the limit."""
    some = query.order_by(None).limit(COUNT_LIMIT + 1).subquery()
    number = ask_alike(connection, select(func.count()).select_from(some)).scalar_one()
    return Count(min(number, COUNT_LIMIT), number > COUNT_LIMIT)


def scanned_count(connection: Connection, query: AnySelect, tests: Sequence[ColumnElement[bool]]) -> Count:
    """How many of the first rows of the query pass the tests; ``more`` when there were further rows to look at.

    A test that nearly nothing passes would otherwise be made on every row there is, for a figure.
    """
    if not tests:
        return capped_count(connection, query)
    passes = case((and_(*tests), 1), else_=0).label("passes")  # beside the row: what an index tells needs no row at all
    first = query.add_columns(passes).limit(_SCAN_LIMIT + 1).subquery()
    looked_at, number = tuple(ask_alike(connection, select(func.count(), func.sum(first.c.passes))).one())
    found = int(number or 0)
    return Count(min(found, COUNT_LIMIT), found > COUNT_LIMIT or looked_at > _SCAN_LIMIT)


def cut(rows: Sequence[Any], size: int) -> tuple[Sequence[Any], bool]:
    """The page itself, and whether one row more was found behind it."""
    return rows[:size], len(rows) > size
