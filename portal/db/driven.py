"""Connections with a way past SQLAlchemy: a text and its values go to the driver at once."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

_FIRST_ROWS: Final = " LIMIT %("


class Driven(Connection):
    """A connection as SQLAlchemy makes it, for texts it has written before."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._driver: Any = self.connection.dbapi_connection
        self._plans = self.dialect.name == "postgresql"

    def drive(self, sql: str, values: Any) -> Any:
        """Execute a text; answers the driver's cursor.

        How PostgreSQL finds the first rows of many depends on how many are wanted, and of which there are many: a plan
        made for any values took eight times as long. So such a text is planned each time.
        """
        cursor = self._driver.cursor()
        try:
            if self._plans and _FIRST_ROWS in sql:
                cursor.execute(sql, values, prepare=False)
            else:
                cursor.execute(sql, values)
        except self.dialect.loaded_dbapi.Error as error:
            raise self._told(error, sql) from error
        return cursor

    def drive_each(self, sql: str, rows: Sequence[Any]) -> None:
        """Execute a text for each of these rows."""
        cursor = self._driver.cursor()
        try:
            cursor.executemany(sql, rows)
        except self.dialect.loaded_dbapi.Error as error:
            raise self._told(error, sql) from error
        cursor.close()

    def prepare(self, sql: str) -> None:
        """Have SQLite read a text that takes values, and do nothing of it; PostgreSQL does so by itself."""
        if self.dialect.name == "sqlite":
            with suppress(self.dialect.loaded_dbapi.ProgrammingError):  # no values were given: it goes no further
                self._driver.execute(sql, ()).close()

    def commit(self) -> None:
        """Commit what was written, in SQLAlchemy's hands or past them."""
        if self.get_transaction() is not None:
            super().commit()  # for the door, which is transaction.py
            return
        try:
            self._driver.commit()  # the same, where SQLAlchemy knows of nothing to commit
        except self.dialect.loaded_dbapi.Error as error:
            raise self._told(error, "COMMIT") from error

    def _told(self, error: Any, sql: str) -> BaseException:
        """The driver's error as everybody knows it from SQLAlchemy; values stay out of it."""
        errors, lost = self.dialect.loaded_dbapi.Error, self.dialect.is_disconnect(error, self._driver, None)
        if lost and not self.invalidated:
            self.invalidate(error)
        told: BaseException = DBAPIError.instance(
            sql, None, error, errors, hide_parameters=True, connection_invalidated=lost, dialect=self.dialect
        )
        return told
