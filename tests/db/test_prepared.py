"""Statements that go to the driver as text mean the same as in SQLAlchemy's hands."""

import pytest
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from portal.db.models import AuditHead
from portal.db.prepared import Prepared
from portal.db.transaction import Database

ADD = Prepared(insert(AuditHead).values(id=bindparam("b_id"), last_id=bindparam("b_last"), hash="x" * 64))
LAST = Prepared(select(AuditHead.last_id, AuditHead.hash).where(AuditHead.id == bindparam("b_id")))


def test_rows_and_counts_come_as_they_do_otherwise(database: Database) -> None:
    with database.begin() as connection:
        ADD.run_all(connection, [{"b_id": number, "b_last": number * 2} for number in (7, 8)])
        assert LAST.run(connection, {"b_id": 8}).one().last_id == 16
        assert LAST.run(connection, {"b_id": 9}).one_or_none() is None
        moved = Prepared(update(AuditHead).where(AuditHead.id > 6).values(last_id=1))
        assert moved.run(connection, {}).rowcount == 2
        assert LAST.run(connection, {"b_id": 7}).one().last_id == 1


def test_an_error_is_the_same_error(database: Database) -> None:
    with pytest.raises(IntegrityError), database.begin() as connection:
        ADD.run_all(connection, [{"b_id": 7, "b_last": 0}, {"b_id": 7, "b_last": 0}])
