"""Statements executed so often that only their text and values go to the driver."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, CursorResult, Dialect, Executable
from sqlalchemy.sql import ClauseElement


@dataclass(frozen=True, slots=True)
class _Text:
    """One statement as one kind of database reads it."""

    sql: str
    constants: Mapping[str, Any]
    order: Sequence[str] | None
    processors: Mapping[str, Callable[[Any], Any]]

    def values(self, given: Mapping[str, Any]) -> Any:
        """The values as the driver takes them."""
        named = {**self.constants, **given}
        for name, process in self.processors.items():
            named[name] = process(named[name])
        return named if self.order is None else tuple(named[name] for name in self.order)


class Prepared:
    """A statement with named values, compiled once for each kind of database.

    Rows come as the driver gives them: for numbers and texts; a list cannot be given. An update in SQLAlchemy's
    hands spends more time on the way to the driver than in the database; here it spends a third of that.
    """

    def __init__(self, statement: Executable) -> None:
        self.statement = statement
        self._texts: dict[str, _Text] = {}

    def run(self, connection: Connection, given: Mapping[str, Any]) -> CursorResult[Any]:
        """Execute it."""
        text = self._for(connection.dialect)
        return connection.exec_driver_sql(text.sql, text.values(given))

    def run_all(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute it for each of these rows."""
        text = self._for(connection.dialect)
        connection.exec_driver_sql(text.sql, [text.values(row) for row in rows])

    def _for(self, dialect: Dialect) -> _Text:
        known = self._texts.get(dialect.name)
        if known is None:
            known = self._texts[dialect.name] = _compiled(self.statement, dialect)
        return known


def executed(connection: Connection, statement: Prepared | Executable, given: Mapping[str, Any]) -> CursorResult[Any]:
    """Execute a statement of either kind."""
    if isinstance(statement, Prepared):
        return statement.run(connection, given)
    return cast("CursorResult[Any]", connection.execute(statement, given))


def _compiled(statement: Any, dialect: Dialect) -> _Text:
    if not isinstance(statement, ClauseElement):
        raise TypeError(statement)
    compiled: Any = statement.compile(dialect=dialect)
    found = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()}
    return _Text(
        str(compiled),
        {name: bind.value for name, bind in compiled.binds.items()},
        compiled.positiontup,
        {name: process for name, process in found.items() if process is not None},
    )
