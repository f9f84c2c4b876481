"""The one door to the database: ``begin()`` to write, ``read()`` to look."""

import os
import threading
import weakref
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final, Self

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import Pool

from portal.db.engine import gate, gate_of, make_engine, open_transaction, writer_of
from portal.db.prepared import Prepared
from portal.db.reading import Asker, Known

#: Pools inherited over a fork. Their connections belong to the parent: closing them here could end its work.
_inherited: Final[list[Pool]] = []


class Database:
    """Hands out connections, each in a transaction of its own.

    Statements are written with the declarative tables (``select(models.Device.serial)``) and answered with plain rows.
    Nothing outside this class commits or rolls back, and no slow call is made while a transaction is open.
    """

    def __init__(self, address: str) -> None:
        self.engine = make_engine(address)
        self._writer = writer_of(self.engine)
        self._gate = gate_of(self.engine)
        self._open = threading.local()
        self._known = Known()
        _databases.add(self)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A writing transaction: committed at the end, rolled back on an error."""
        if getattr(self._open, "writing", False):
            raise RuntimeError("a writing transaction is already open in this thread: pass its connection on")
        self._open.writing = True
        try:
            with gate(self._gate), self._writing() as connection:
                open_transaction(connection, writes=True)
                yield connection
                connection.commit()
        finally:
            self._open.writing = False

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A look that takes no write lock and cannot write; in PostgreSQL each question sees what is there by then."""
        with Asker(self.engine, self._known) as connection:
            open_transaction(connection, writes=False)
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """The connection this thread keeps, else one for this once; over one that failed nothing more is written."""
        kept, self._open.kept = getattr(self._open, "kept", None), None
        connection = kept or Asker(self._writer, self._known)
        with ExitStack() as stack:
            stack.enter_context(connection)
            yield connection
            if kept is not None:
                self._open.kept = kept
                stack.pop_all()

    def prepare(self, statements: Iterable[Prepared]) -> None:
        """Have a connection to write over that has read these statements; it begins nothing and waits for nobody.

        A file does not go away, as servers do: this thread keeps its connection to one from now on.
        """
        self._let_go()
        connection = Asker(self._writer, self._known)
        with ExitStack() as stack:
            stack.enter_context(connection)
            for statement in statements:
                connection.prepare(statement.text(connection.dialect).sql)
            if self._gate is not None:
                self._open.kept = connection
                stack.pop_all()

    def close(self) -> None:
        """Give all connections back."""
        self._let_go()
        for engine in {self.engine, self._writer}:
            engine.dispose()

    def _let_go(self) -> None:
        kept, self._open.kept = getattr(self._open, "kept", None), None
        if kept is not None:
            kept.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def forget_after_fork(self) -> None:
        """Start with no connections in a child process, and leave the parent's alone."""
        for engine in {self.engine, self._writer}:
            _inherited.append(engine.pool)
            engine.dispose(close=False)
        self._open = threading.local()


def one_state(connection: Connection) -> None:
    """Make a writing transaction see one state of the database throughout; said before anything else in it.

    SQLite lets nobody else write meanwhile. PostgreSQL refuses to change a row somebody else changed since.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def overtaken(error: DBAPIError) -> bool:
    """Whether a transaction failed because another one was first: begun again, it may succeed."""
    return getattr(error.orig, "sqlstate", None) in {"40001", "40P01", "23505"}


_databases: Final[weakref.WeakSet[Database]] = weakref.WeakSet()


def _after_fork() -> None:
    for database in list(_databases):
        database.forget_after_fork()


os.register_at_fork(after_in_child=_after_fork)
