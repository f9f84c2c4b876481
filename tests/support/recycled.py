"""A PostgreSQL database that many tests of one process have in turn: emptied after each, its connections stay open.

What a test changed beyond rows, or left running, is not undone: then the next test gets a database made anew.
So does the one after a table has grown: a planner that knows nothing of a table judges it by its pages.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final, cast

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy.pool import Pool

from portal.db.transaction import Database
from tests.support.servers import Postgres

#: Of a table never looked over the planner takes ten pages for granted.
ROOM: Final = 8 * 8192
_TABLES: Final = (
    "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
)
#: Whatever says something other than rows: tables, indexes, triggers, constraints, functions, what is known of them.
_SHAPE: Final = """
SELECT (SELECT (count(*), sum(xmin::text::bigint), sum(relpages), sum(reltuples))::text FROM pg_class),
       (SELECT (count(*), sum(xmin::text::bigint))::text FROM pg_trigger),
       (SELECT (count(*), sum(xmin::text::bigint))::text FROM pg_constraint),
       (SELECT (count(*), sum(xmin::text::bigint))::text FROM pg_proc),
       (SELECT count(*) FROM pg_namespace), (SELECT count(*) FROM pg_extension)
"""
#: Whoever else is here and at work, or holds a lock of a session.
_BUSY: Final = """
SELECT (SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle')
     + (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid())
     + (SELECT greatest(count(*) - 20, 0) FROM pg_stat_activity WHERE datname = current_database())
"""
_COUNTERS: Final = (
    "SELECT sequencename, start_value, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1"
)
_GROWN: Final = "SELECT max(pg_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND oid::regclass::text = ANY(%s)"
_EMPTY: Final = """
DO $$ DECLARE one text; found bool; BEGIN
  FOREACH one IN ARRAY '{tables}'::text[] LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', one) INTO found;
    IF found THEN EXECUTE format('DELETE FROM %s', one); END IF;
  END LOOP;
END $$
"""


class Stash:
    """Open connections nobody uses now; whoever asks the database for one gets them before new ones."""

    def __init__(self) -> None:
        self._idle: list[psycopg.Connection] = []
        _stashes.append(self)

    def serve(self, pool: Pool) -> None:
        """What this pool opens comes from here, and what it closes returns."""
        connect: Callable[..., psycopg.Connection] = cast("Any", pool)._creator

        def take() -> psycopg.Connection:
            connection = self._idle.pop() if self._idle else connect(None)
            vars(connection)["close"] = lambda: self._back(connection)
            return connection

        cast("Any", pool)._creator = take

    def end(self) -> None:
        """Close what is here."""
        while self._idle:
            self._idle.pop().close()

    def leave(self) -> None:
        """In a child: they are its parent's, to be neither used nor closed."""
        _inherited.extend(self._idle)
        self._idle = []

    def _back(self, connection: psycopg.Connection) -> None:
        del vars(connection)["close"]
        usable = not connection.closed and connection.isolation_level is None
        if usable and connection.info.transaction_status is TransactionStatus.IDLE and connection.info.backend_pid:
            self._idle.append(connection)
        else:
            connection.close()


_stashes: Final[list[Stash]] = []
_inherited: Final[list[psycopg.Connection]] = []


def _after_fork() -> None:
    for stash in _stashes:
        stash.leave()


os.register_at_fork(after_in_child=_after_fork)


class Recycled:
    """The database of this process, made from a template when there is none that is as new."""

    #: By the address they lead to.
    stashes: Final[dict[str, Stash]] = {}

    def __init__(self, postgres: Postgres, template: str) -> None:
        self._postgres = postgres
        self._template = template
        self._stack = ExitStack()
        self._one: _One | None = None

    @contextmanager
    def database(self) -> Iterator[Database]:
        """An empty database, for as long as this takes."""
        if self._one is None:
            self._one = self._made()
        with Database(self._one.address) as database:
            yield database
        if not self._one.as_new():
            self.close()

    def close(self) -> None:
        """There is none any more."""
        if self._one is not None:
            self.stashes.pop(self._one.address).end()
            self._one = None
        self._stack.close()

    def _made(self) -> "_One":
        address = self._stack.enter_context(self._postgres.database(self._template))
        plain = address.replace("+psycopg", "", 1)
        self.stashes[address] = Stash()
        return _One(address, self._stack.enter_context(psycopg.connect(plain, autocommit=True)))


class _One:
    """One database and what it looked like when it was new."""

    def __init__(self, address: str, line: psycopg.Connection) -> None:
        self.address = address
        self._line = line
        line.execute("SET session_replication_role = replica")  # rows go whatever refers to them, and nobody is told
        tables = [name for (name,) in self._all(_TABLES)]
        self._filled = {name: rows for name in tables if (rows := self._rows(name))}
        self._emptied = [name for name in tables if name not in self._filled]
        self._counters = self._all(_COUNTERS)
        self._shape = self._all(_SHAPE)

    def as_new(self) -> bool:
        """Empty it; answers whether it is as it was in the beginning."""
        if self._all(_BUSY) != [(0,)] or self._all(_SHAPE) != self._shape:
            return False
        if self._all(_GROWN, self._emptied)[0][0] > ROOM:
            return False
        for name in [name for name, rows in self._filled.items() if self._rows(name) != rows]:
            self._refill(name)
        self._line.execute(_EMPTY.format(tables="{" + ",".join(self._emptied) + "}"))
        for now, then in zip(self._all(_COUNTERS), self._counters, strict=True):
            if now != then:
                name, start, last = then
                self._line.execute("SELECT setval(%s, %s, %s)", [f"public.{name}", last or start, last is not None])
        return True

    def _refill(self, table: str) -> None:
        self._line.execute(f"DELETE FROM {table}")  # noqa: S608  a table of our own
        for (row,) in self._filled[table]:
            again = f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT (%s::{table}).*"
            self._line.execute(again, [row])

    def _rows(self, table: str) -> list[Any]:
        return self._all(f"SELECT one::text FROM {table} AS one ORDER BY 1")  # noqa: S608

    def _all(self, query: str, *given: object) -> list[Any]:
        return self._line.execute(query, given or None).fetchall()
