"""Migrated databases for tests: a file copied from a template, or a PostgreSQL database cloned from one."""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, event

from portal.db import schema
from portal.db.engine import make_engine
from portal.db.transaction import Database
from tests.support.recycled import Recycled
from tests.support.servers import Postgres

BOTH: Final = ("sqlite", "postgresql")


@contextmanager
def sqlite_database(folder: Path, template: Path) -> Iterator[Database]:
    """A database of a test's own."""
    file = folder / "portal.db"
    shutil.copy(template, file)
    with Database(f"sqlite:///{file}") as database:
        yield database


def sqlite_template(run_folder: Path) -> Path:
    """A migrated, empty database file, made by the first process of a run that asks."""
    file = run_folder / "template.db"
    with _first_to(file) as first:
        if first:
            schema.upgrade(f"sqlite:///{file}")
    return file


def postgres_template(postgres: Postgres, run_folder: Path) -> str:
    """The name of a migrated, empty PostgreSQL database, made by the first process of a run that asks."""
    name = "template_of_the_portal"
    with _first_to(run_folder / name) as first:
        if first:
            schema.upgrade(postgres.lasting_database(name))
    return name


@contextmanager
def _first_to(make: Path) -> Iterator[bool]:
    """Whether nobody has made it yet; meanwhile the others wait."""
    done = make.with_suffix(".made")
    with make.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield not done.exists()
        done.touch()


class OneCompiler:
    """Makes engines as the product does; what one of them has compiled serves all of its kind, as within a process."""

    def __init__(self, make: Callable[[str], Engine] = make_engine) -> None:
        self._make = make
        self._first: dict[str, Engine] = {}

    def __call__(self, address: str) -> Engine:
        made = self._make(address)
        if stash := Recycled.stashes.get(address):
            stash.serve(made.pool)
        first = self._first.get(made.dialect.name)
        if first is None:  # what it knows of its server it learns when it connects
            event.listen(made, "connect", lambda *_: self._first.setdefault(made.dialect.name, made))
            return made
        engine = Engine(made.pool, first.dialect, made.url)
        engine._compiled_cache = first._compiled_cache
        return engine
