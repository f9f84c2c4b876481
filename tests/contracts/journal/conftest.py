"""Every journal there is: in memory, on SQLite, on PostgreSQL."""

from collections.abc import Iterator

import pytest

from tests.contracts.journal.subjects import InDatabase, InMemory, Subject
from tests.support.ledgers import Ledger, ledger
from tests.support.servers import Postgres


@pytest.fixture(scope="module")
def sqlite_ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with ledger(f"sqlite:///{tmp_path_factory.mktemp('journal')}/journal.db") as rows:
        yield rows


@pytest.fixture(scope="module")
def postgresql_ledger(postgres: Postgres) -> Iterator[Ledger]:
    with postgres.database() as url, ledger(url) as rows:
        yield rows


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def subject(request: pytest.FixtureRequest) -> Subject:
    if request.param == "memory":
        return InMemory()
    return InDatabase(request.getfixturevalue(f"{request.param}_ledger"))
