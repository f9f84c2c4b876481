"""Migrated databases for tests: a file copied from a template, or a PostgreSQL database cloned from one."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from portal.db import schema
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
