"""Rows by the hundred thousand: the driver's own batch on SQLite, COPY on PostgreSQL."""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, Index, Table, text

from portal.db.base import Base
from portal.db.transaction import Database

_BATCH: Final = 10_000

Values = tuple[Any, ...]


class BulkTable:
    """Writes rows of one table, given as tuples in the order of the named columns."""

    def __init__(self, connection: Connection, table: type[Base], columns: tuple[str, ...]) -> None:
        self._connection = connection
        self._table: Table = table.metadata.tables[table.__tablename__]
        self._columns = columns
        self._processors = _processors(connection, self._table, columns)

    def add(self, rows: Iterable[Values]) -> None:
        """Write the rows."""
        ready = (self._ready(row) for row in rows)
        while batch := list(islice(ready, _BATCH)):
            self._send(batch)

    def _ready(self, row: Values) -> Values:
        values = list(row)
        for place, process in self._processors:
            values[place] = process(values[place])
        return tuple(values)

    def _send(self, batch: list[Values]) -> None:
        names = ", ".join(f'"{name}"' for name in self._columns)
        cursor = self._connection.connection.cursor()
        if self._connection.dialect.name == "sqlite":
            marks = ", ".join("?" * len(self._columns))
            cursor.executemany(f'INSERT INTO "{self._table.name}" ({names}) VALUES ({marks})', batch)  # noqa: S608
        else:
            _copy(cursor, f'COPY "{self._table.name}" ({names}) FROM STDIN', batch)
        cursor.close()


def _copy(cursor: Any, statement: str, batch: list[Values]) -> None:
    with cursor.copy(statement) as copy:
        for row in batch:
            copy.write_row(row)


def _processors(
    connection: Connection, table: Table, columns: tuple[str, ...]
) -> list[tuple[int, Callable[[Any], Any]]]:
    found = ((place, table.c[name].type.bind_processor(connection.dialect)) for place, name in enumerate(columns))
    return [(place, process) for place, process in found if process is not None]


def drop_indexes(connection: Connection, *tables: type[Base]) -> None:
    """Take the plain indexes of these tables away, to build them once at the end instead of row by row."""
    for index in _plain_indexes(*tables):
        index.drop(connection)


def build_indexes(connection: Connection, *tables: type[Base]) -> None:
    """Build them again."""
    for index in _plain_indexes(*tables):
        index.create(connection)


def _plain_indexes(*tables: type[Base]) -> list[Index]:
    found = [index for table in tables for index in table.metadata.tables[table.__tablename__].indexes]
    return sorted((index for index in found if not index.unique), key=lambda index: str(index.name))


def roomy_cache(connection: Connection) -> None:
    """Keep what many rows scatter over in memory: SQLite's usual cache would write the same pages again and again."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA cache_size = -400000")


def forget_numbering(connection: Connection, *tables: type[Base]) -> None:
    """Let PostgreSQL go on numbering after rows that brought their own numbers."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        name = table.__tablename__
        sequence = f"pg_get_serial_sequence('{name}', 'id')"
        connection.execute(text(f"SELECT setval({sequence}, (SELECT max(id) FROM {name}))"))  # noqa: S608


def settle(database: Database) -> None:
    """Let the planner know what the tables look like now; PostgreSQL also learns which pages everybody may see."""
    engine = database.engine
    if engine.dialect.name == "sqlite":
        with database.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM (ANALYZE)")
