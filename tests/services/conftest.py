"""Every test here runs on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.db.transaction import Database
from tests.support.databases import BOTH, postgres_database, postgres_template, sqlite_database, sqlite_template
from tests.support.servers import Postgres


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sqlite_template(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def empty_cluster_database(postgres: Postgres) -> Iterator[str]:
    with postgres_template(postgres) as name:
        yield name


@pytest.fixture(params=BOTH)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated, empty database."""
    if request.param == "sqlite":
        with sqlite_database(tmp_path, request.getfixturevalue("empty_file")) as made:
            yield made
    else:
        postgres, template = (request.getfixturevalue(name) for name in ("postgres", "empty_cluster_database"))
        with postgres_database(postgres, template) as made:
            yield made
