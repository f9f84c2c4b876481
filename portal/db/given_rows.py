"""Rows given to a statement as one value: its text stays the same however many they are, so it is compiled once."""

import json
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import CTE, Dialect, Integer, Text, bindparam, cast, column, func, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from portal.db.base import UtcTime

Columns = Sequence[tuple[str, TypeEngine[Any]]]

#: A fleet is judged in batches, and most of what is given to one is given to the next: its table is made once.
_KEPT: Final = 64


def given_rows(dialect: Dialect, name: str, columns: Columns, rows: Iterable[Sequence[Any]]) -> CTE:
    """A table of a statement with these rows."""
    processors = [_processor(kind, dialect) for _, kind in columns]
    if all(process is _as_it_is for process in processors):
        ready = list(map(list, rows))
    else:
        ready = [[process(value) for process, value in zip(processors, row, strict=True)] for row in rows]
    return _table(dialect, name, tuple(columns), json.dumps(ready, default=str))


@lru_cache(maxsize=_KEPT)
def _table(dialect: Dialect, name: str, columns: Columns, given: str) -> CTE:
    value = bindparam(f"given_{name}", given, type_=Text(), unique=True)
    cells = _of_sqlite(name, columns, value) if dialect.name == "sqlite" else _of_postgresql(name, columns, value)
    table: CTE = cells.cte(name).prefix_with("MATERIALIZED")
    return table


def _of_sqlite(name: str, columns: Columns, value: Any) -> Any:
    each = func.json_each(value).table_valued("value", name=f"each_{name}")
    cells = [func.json_extract(each.c.value, f"$[{place}]") for place in range(len(columns))]
    # SQLite looks up by a column only when it knows its type; a time is text, of which a cast would make a number
    typed = (
        type_coerce(cell, kind) if isinstance(kind, UtcTime) else cast(cell, kind)
        for cell, (_, kind) in zip(cells, columns, strict=True)
    )
    return select(*(cell.label(label) for cell, (label, _) in zip(typed, columns, strict=True)))


def _of_postgresql(name: str, columns: Columns, value: Any) -> Any:
    given = func.jsonb_array_elements(cast(value, JSONB)).table_valued(column("value", JSONB()), name=f"each_{name}")
    cells = (cast(given.c.value[place].astext, kind) for place, (_, kind) in enumerate(columns))
    return select(*(cell.label(label) for cell, (label, _) in zip(cells, columns, strict=True)))


def _processor(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any]:
    found = kind.dialect_impl(dialect).bind_processor(dialect)
    return _as_it_is if found is None or isinstance(kind, Integer) else found


def _as_it_is(value: Any) -> Any:
    return value
