"""An engine of the authority's own: SQLite made safe for many writers, or PostgreSQL."""

import weakref
from collections.abc import Callable
from os import register_at_fork
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Any, Final

import sqlalchemy as sa

_BUSY_SECONDS: Final = 10


def open_engine(url: str) -> sa.Engine:
    """An engine that may be made before a fork and used after it."""
    engine = _engine(url)
    register_at_fork(after_in_child=_forgetting(engine))
    return engine


def _engine(url: str) -> sa.Engine:
    address = sa.make_url(url)
    if address.get_backend_name() != "sqlite":
        return sa.create_engine(address.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    if address.database:
        Path(address.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = sa.create_engine(address, connect_args={"timeout": _BUSY_SECONDS})
    sa.event.listen(engine, "connect", _prepare_sqlite)
    return engine


def open_transaction(connection: sa.Connection, *, write: bool) -> None:
    """Begin on a fresh connection, where the driver would do so too late to lock."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.dbapi_connection
        driver.execute("BEGIN IMMEDIATE" if write else "BEGIN").close()


def _prepare_sqlite(connection: SqliteConnection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: the driver's own comes too late to lock
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _forgetting(engine: sa.Engine) -> Callable[[], None]:
    found = weakref.ref(engine)

    def forget() -> None:
        parent = found()
        if parent is not None:
            parent.dispose(close=False)  # the connections are the parent's

    return forget
