"""Migrated databases for tests: a file copied from a template, or a PostgreSQL database cloned from one."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, event

from portal.db import schema
from portal.db.engine import make_engine
from portal.db.transaction import Database
from tests.support.servers import Postgres

BOTH: Final = ("sqlite", "postgresql")


@contextmanager
def sqlite_database(folder: Path, template: Path) -> Iterator[Database]:
    """A database of a test's own."""
    file = folder / "portal.db"
    shutil.copy(template, file)
    with Database(f"sqlite:///{file}") as database:
        yield database


@contextmanager
def postgres_database(postgres: Postgres, template: str) -> Iterator[Database]:
    """A database of a test's own."""
    with postgres.database(template) as address, Database(address) as database:
        yield database


def sqlite_template(folder: Path) -> Path:
    """A migrated, empty database file."""
    file = folder / "template.db"
    schema.upgrade(f"sqlite:///{file}")
    return file


@contextmanager
def postgres_template(postgres: Postgres) -> Iterator[str]:
    """The name of a migrated, empty PostgreSQL database."""
    with postgres.database() as address:
        schema.upgrade(address)
        yield address.rpartition("@/")[2].partition("?")[0]


class OneCompiler:
    """Makes engines as the product does; what one of them has compiled serves all of its kind, as within a process."""

    def __init__(self, make: Callable[[str], Engine] = make_engine) -> None:
        self._make = make
        self._first: dict[str, Engine] = {}

    def __call__(self, address: str) -> Engine:
        made = self._make(address)
        first = self._first.get(made.dialect.name)
        if first is None:  # what it knows of its server it learns when it connects
            event.listen(made, "connect", lambda *_: self._first.setdefault(made.dialect.name, made))
            return made
        engine = Engine(made.pool, first.dialect, made.url)
        engine._compiled_cache = first._compiled_cache
        return engine
