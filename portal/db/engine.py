"""The engine behind the door: SQLite by default, PostgreSQL at scale; both safe after a fork."""

import fcntl
import json
import os
import select
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL

BUSY_SECONDS: Final = 10
_POOL: Final = {"pool_size": 8, "max_overflow": 24, "pool_timeout": 10}
_PRAGMAS: Final = (
    f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # the journal of updates must survive a power cut
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -16384",
    "PRAGMA mmap_size = 1073741824",
)
#: What a session of PostgreSQL begins with: what does not say that it writes cannot.
_SAID: Final = (("timezone", "UTC"), ("lock_timeout", "10s"), ("jit", "off"), ("default_transaction_read_only", "on"))
#: So long a connection that answered is taken to live, unless there is something to be read from it.
_TRUSTED: Final = 5.0
#: So many prepared statements a connection remembers; there are more kinds of them than the driver expects.
_REMEMBERED: Final = 512


def make_engine(address: str) -> Engine:
    """An engine for this address that only reads; no connection is opened yet."""
    url = make_url(address)
    return _sqlite(url) if url.get_backend_name() == "sqlite" else _postgresql(url)


def writer_of(engine: Engine) -> Engine:
    """The same engine for writing; a statement one of them has compiled serves both."""
    return _sqlite_writer(engine) if engine.dialect.name == "sqlite" else engine


def open_transaction(connection: Connection, *, writes: bool) -> None:
    """Begin on a fresh connection. No listener does it: with one, every statement of every page asks for listeners.

    Who only reads from PostgreSQL says neither BEGIN nor ROLLBACK: each question sees what is there when it is asked,
    within a transaction as without, and those two would be half of what a page has to wait for.
    """
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite":
        # a reader that turned writer in mid-transaction would be refused at once, so writers say so first
        driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN").close()
    elif driver.autocommit is writes:
        driver.autocommit = not writes


_encoded: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def to_json(value: object) -> str:
    """JSON as it is stored: compact, with readable Cyrillic."""
    return _encoded(value)


def _postgresql(url: URL) -> Engine:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        json_serializer=to_json,
        connect_args={"options": " ".join(f"-c {name}={value}" for name, value in _SAID), "connect_timeout": 10},
        pool_pre_ping=True,
        **_POOL,
    )
    engine.dialect.do_ping = Pulse(engine.dialect.do_ping)  # type: ignore[method-assign]
    event.listen(engine, "connect", _open_postgresql)
    return engine


def _open_postgresql(driver: Any, _record: object) -> None:
    driver.prepared_max = _REMEMBERED
    driver.read_only = False  # said by whoever begins to write; nothing else can
    driver.autocommit = True


class Pulse:
    """Whether a connection lives, asked over the network only now and then.

    A server that goes says so or closes the connection, and then there is something to be read from it.
    """

    def __init__(self, ask: Callable[[Any], bool]) -> None:
        self._ask = ask
        self._asked: WeakKeyDictionary[Any, float] = WeakKeyDictionary()

    def __call__(self, dbapi_connection: Any) -> bool:
        driver = dbapi_connection
        asked = self._asked.get(driver)
        if asked is not None and monotonic() - asked < _TRUSTED and _silent(driver.fileno()):
            return True
        answered = self._ask(driver)
        self._asked[driver] = monotonic()
        return answered


def _silent(descriptor: int) -> bool:
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    return not waiting.poll(0)


def _sqlite(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise ValueError("a database in memory is seen by one connection only: name a file")
    engine = create_engine(url, json_serializer=to_json, connect_args={"cached_statements": _REMEMBERED}, **_POOL)
    event.listen(engine, "connect", _open_sqlite)
    event.listen(engine, "connect", _only_read)
    return engine


def _sqlite_writer(engine: Engine) -> Engine:
    """Writes over connections of its own: one that changes sides has to prepare all its statements anew."""
    pool = engine.pool.recreate()
    event.listen(pool, "connect", _may_write)
    writer = Engine(pool, engine.dialect, engine.url)
    return writer.execution_options(compiled_cache=engine._compiled_cache)  # noqa: SLF001  no other way to share it


def _open_sqlite(driver: sqlite3.Connection, _record: object) -> None:
    driver.isolation_level = None  # the driver begins nothing by itself
    for pragma in _PRAGMAS:
        driver.execute(pragma).close()


def _only_read(driver: sqlite3.Connection, _record: object) -> None:
    driver.execute("PRAGMA query_only = 1").close()


def _may_write(driver: sqlite3.Connection, _record: object) -> None:
    driver.execute("PRAGMA query_only = 0").close()


@contextmanager
def gate(path: Path | None) -> Iterator[None]:
    """Take turns before a writing transaction of SQLite.

    Writers that only wait for the busy handler sleep past one another; a file lock lets them in in order.
    The kernel opens the gate when its holder dies. Every passage opens the file anew: a descriptor
    inherited over a fork would share its lock with the parent.
    """
    if path is None:
        yield
        return
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def gate_of(engine: Engine) -> Path | None:
    """Where the gate of this engine lies; None when its database needs none."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return None
    return Path(f"{engine.url.database}.gate")
