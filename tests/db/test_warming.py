"""What a worker rehearses before it forks: compiled statements are kept, rows are not."""

import pytest
from sqlalchemy import func, select, text

from portal.db.models import AuditEntry, Certificate, Device, LeftoverObject
from portal.db.transaction import Database
from portal.db.warming import STATEMENTS, walk_through, warm


@pytest.mark.parametrize("table", [AuditEntry, Certificate, LeftoverObject])
def test_a_rehearsal_leaves_no_trace(database: Database, table: type) -> None:
    warm(database)
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0


def test_a_rehearsal_writes_out_what_an_update_executes(database: Database) -> None:
    warm(database)
    assert len(STATEMENTS) > 20
    for statement in STATEMENTS:
        assert database.engine.dialect.name in statement.texts


def test_a_walk_through_leaves_no_trace_and_waits_for_nobody(database: Database) -> None:
    warm(database)
    with database.begin() as connection:  # somebody writes all the while
        connection.execute(select(func.count()).select_from(Device))
        assert sum(1 for _ in walk_through(database)) > 20
    for table in (AuditEntry, Certificate, LeftoverObject):
        with database.read() as connection:
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0


def test_the_database_serves_on_after_a_rehearsal(database: Database) -> None:
    warm(database)
    with database.begin() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
