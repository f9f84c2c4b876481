"""The door: writers take turns, readers never wait, and a child of a fork starts anew."""

import os
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest
from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from portal.db.models import Group, Membership
from portal.db.prepared import Prepared
from portal.db.transaction import Database

FORGET = Prepared(delete(Group).where(Group.name == bindparam("b_name")))


def add(database: Database, name: str) -> None:
    with database.begin() as connection:
        connection.execute(insert(Group).values(name=name))


def names(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.execute(select(Group.name).order_by(Group.name)).scalars())


def test_begin_commits_at_the_end(database: Database) -> None:
    add(database, "VPN")
    assert names(database) == ["VPN"]


def test_begin_rolls_back_on_an_error(database: Database) -> None:
    with suppress(ZeroDivisionError), database.begin() as connection:
        connection.execute(insert(Group).values(name="VPN"))
        connection.info["never"] = 1 / 0
    assert names(database) == []


def test_read_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError), database.read() as connection:
        connection.execute(insert(Group).values(name="VPN"))
    assert names(database) == []


def test_a_second_writing_transaction_in_one_thread_is_refused_at_once(database: Database) -> None:
    with database.begin(), pytest.raises(RuntimeError, match="already open"), database.begin():
        pass
    add(database, "after")
    assert names(database) == ["after"]


def test_a_statement_is_read_beforehand_and_does_nothing(database: Database) -> None:
    add(database, "VPN")
    with database.begin():  # somebody writes meanwhile: nobody waits for him
        database.prepare([FORGET])
    assert names(database) == ["VPN"]
    with database.begin() as connection:
        assert FORGET.run(connection, {"b_name": "VPN"}).rowcount == 1
    assert names(database) == []


def test_a_connection_that_is_kept_writes_again_and_again_until_something_fails(database: Database) -> None:
    database.prepare([FORGET])
    for name in ("one", "two"):
        add(database, name)
    for _ in range(2):  # the first over the connection that was kept, the second over another
        with suppress(ZeroDivisionError), database.begin() as connection:
            connection.execute(insert(Group).values(name="never"))
            connection.info["never"] = 1 / 0
    with database.begin() as connection:
        assert FORGET.run(connection, {"b_name": "one"}).rowcount == 1
    assert names(database) == ["two"]
    database.prepare([FORGET])
    database.prepare([FORGET])
    add(database, "three")
    assert sorted(names(database)) == ["three", "two"]


def test_what_goes_past_sqlalchemy_is_rolled_back_with_the_rest(database: Database) -> None:
    add(database, "VPN")
    with suppress(ZeroDivisionError), database.begin() as connection:
        FORGET.run(connection, {"b_name": "VPN"})
        connection.info["never"] = 1 / 0
    assert names(database) == ["VPN"]


def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    add(database, "before")
    with database.begin() as connection:
        connection.execute(insert(Group).values(name="during"))
        assert names(database) == ["before"]
    assert names(database) == ["before", "during"]


def test_foreign_keys_hold(database: Database) -> None:
    with pytest.raises(IntegrityError), database.begin() as connection:
        connection.execute(insert(Membership).values(person_id=1, group_id=1))


def test_many_writers_lose_nothing(database: Database) -> None:
    def work(number: int) -> None:
        for turn in range(10):
            add(database, f"{number}-{turn}")

    _in_threads([lambda number=number: work(number) for number in range(6)])  # type: ignore[misc]
    assert len(names(database)) == 60


def test_a_forked_child_starts_with_connections_of_its_own(database: Database) -> None:
    add(database, "parent")
    child = os.fork()
    if child == 0:
        try:
            add(database, "child")
            os._exit(0 if names(database) == ["child", "parent"] else 1)
        finally:
            os._exit(2)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    add(database, "parent again")
    assert names(database) == ["child", "parent", "parent again"]


def test_a_killed_writer_opens_the_gate(database: Database) -> None:
    child = os.fork()
    if child == 0:
        try:
            with database.begin() as connection:
                connection.execute(insert(Group).values(name="lost"))
                os._exit(0)
        finally:
            os._exit(2)
    os.waitpid(child, 0)
    add(database, "next")
    assert names(database) == ["next"]


def _in_threads(works: list[Callable[[], None]]) -> None:
    failures: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as failure:  # noqa: BLE001  told in the main thread
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
