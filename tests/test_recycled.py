"""A database that tests have in turn is as new for each of them."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection, func, insert, select, text, update

from portal.db.models import AuditHead, Group
from portal.db.transaction import Database
from tests.support.recycled import Recycled
from tests.support.servers import Postgres


@pytest.fixture
def recycled(postgres: Postgres, empty_cluster_database: str) -> Iterator[Recycled]:
    one = Recycled(postgres, empty_cluster_database)
    yield one
    one.close()


def seen(database: Database) -> tuple[int, int, str]:
    """How many groups and audited events there are, the number of a new group, and which database this is."""
    with database.begin() as connection:
        name = connection.execute(text("SELECT current_database()")).scalar_one()
        before = connection.execute(select(func.count()).select_from(Group)).scalar_one()
        number = connection.execute(insert(Group).values(name="New").returning(Group.id)).scalar_one()
        before += connection.execute(select(AuditHead.last_id)).scalar_one()
        connection.execute(update(AuditHead).values(last_id=7))
    return before, number, name


def test_rows_and_counters_are_as_in_the_beginning(recycled: Recycled) -> None:
    told = []
    for _ in range(3):
        with recycled.database() as database:
            told.append(seen(database))
    assert told == [(0, 1, told[0][2])] * 3


def a_table(connection: Connection) -> None:
    connection.execute(text("CREATE TABLE left_behind (id int)"))


def many_rows(connection: Connection) -> None:
    connection.execute(insert(Group), [{"name": f"group {number} {'x' * 100}"} for number in range(2000)])


@pytest.mark.parametrize("change", [a_table, many_rows])
def test_what_is_more_than_a_few_rows_needs_another_one(
    recycled: Recycled, change: Callable[[Connection], None]
) -> None:
    with recycled.database() as database:
        _, _, first = seen(database)
        with database.begin() as connection:
            change(connection)
    with recycled.database() as database:
        before, number, second = seen(database)
    assert (before, number) == (0, 1)
    assert second != first


def test_who_is_still_at_work_keeps_what_he_has(recycled: Recycled) -> None:
    with recycled.database() as database:
        _, _, first = seen(database)
        left = database.engine.connect()
        left.execute(text("SELECT 1"))
    with recycled.database() as database:
        _, _, second = seen(database)
    left.invalidate()
    left.close()
    assert second != first
