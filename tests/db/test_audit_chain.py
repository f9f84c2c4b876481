"""The audit chain: every line holds, and no line can be changed, removed or slipped in unseen."""

import threading
from collections.abc import Callable
from contextlib import suppress

import pytest
from sqlalchemy import Connection, column, delete, insert, select, table, text, update

from portal.db import audit_chain
from portal.db.audit_chain import ChainReport, Fault
from portal.db.audit_words import remember
from portal.db.models import AuditEntry, AuditHead
from portal.db.transaction import Database
from portal.domain.audit import AuditEvent, AuditTag
from tests.support.clock import NOON


def an_event(number: int) -> AuditEvent:
    return AuditEvent(
        AuditTag.UPDATE_ORDERED, "оператор", f"device:{number}", {"policy": "Ёлка", "items": number}, "c-1"
    )


def fill(database: Database, lines: int = 5) -> None:
    for number in range(1, lines + 1):
        with database.begin() as connection:
            assert audit_chain.append(connection, an_event(number), NOON) == number


def test_an_untouched_chain_is_whole(database: Database) -> None:
    fill(database)
    with database.read() as connection:
        assert audit_chain.verify(connection) == ChainReport(checked=5)


def test_an_empty_chain_is_whole(database: Database) -> None:
    with database.read() as connection:
        assert audit_chain.verify(connection).whole


def test_lines_appended_together_are_chained_one_by_one(database: Database) -> None:
    with database.begin() as connection:
        assert audit_chain.append_all(connection, map(an_event, range(3)), NOON) == 3
    with database.read() as connection:
        assert audit_chain.verify(connection) == ChainReport(checked=3)
        hashes = connection.execute(select(AuditEntry.previous, AuditEntry.hash).order_by(AuditEntry.id)).all()
    assert [row.previous for row in hashes[1:]] == [row.hash for row in hashes[:-1]]


def test_a_line_rolled_back_leaves_no_gap(database: Database) -> None:
    fill(database, 2)
    with suppress(ZeroDivisionError), database.begin() as connection:
        audit_chain.append(connection, an_event(3), NOON)
        connection.info["never"] = 1 / 0
    fill_one(database)
    with database.read() as connection:
        assert audit_chain.verify(connection) == ChainReport(checked=3)


def fill_one(database: Database) -> None:
    with database.begin() as connection:
        audit_chain.append(connection, an_event(9), NOON)


def changed_actor(connection: Connection) -> None:
    connection.execute(update(AuditEntry).where(AuditEntry.id == 3).values(actor="nobody"))


def changed_time(connection: Connection) -> None:
    connection.execute(update(AuditEntry).where(AuditEntry.id == 3).values(at=NOON.replace(minute=1)))


def changed_particulars(connection: Connection) -> None:
    connection.execute(update(AuditEntry).where(AuditEntry.id == 3).values(particulars={"items": 0}))


def changed_hash(connection: Connection) -> None:
    connection.execute(update(AuditEntry).where(AuditEntry.id == 3).values(hash="0" * 64))


def removed(connection: Connection) -> None:
    connection.execute(delete(AuditEntry).where(AuditEntry.id == 3))


def swapped(connection: Connection) -> None:
    for before, after in ((3, 300), (4, 3), (300, 4)):
        connection.execute(update(AuditEntry).where(AuditEntry.id == before).values(id=after))


def removed_and_closed_up(connection: Connection) -> None:
    removed(connection)
    for number in (4, 5):
        connection.execute(update(AuditEntry).where(AuditEntry.id == number).values(id=number - 1))


TAMPERED: dict[Callable[[Connection], None], ChainReport] = {
    changed_actor: ChainReport(2, 3, Fault.CHANGED),
    changed_time: ChainReport(2, 3, Fault.CHANGED),
    changed_particulars: ChainReport(2, 3, Fault.CHANGED),
    changed_hash: ChainReport(2, 3, Fault.CHANGED),
    removed: ChainReport(2, 3, Fault.REMOVED),
    removed_and_closed_up: ChainReport(2, 3, Fault.CHANGED),
    swapped: ChainReport(2, 3, Fault.MOVED, found_at=4),
}


@pytest.mark.parametrize("tamper", TAMPERED)
def test_the_first_bad_line_is_named_with_what_happened(
    database: Database, tamper: Callable[[Connection], None]
) -> None:
    fill(database)
    with database.begin() as connection:
        tamper(connection)
    with database.read() as connection:
        assert audit_chain.verify(connection) == TAMPERED[tamper]


def test_a_cut_tail_is_seen(database: Database) -> None:
    fill(database)
    with database.begin() as connection:
        connection.execute(delete(AuditEntry).where(AuditEntry.id == 5))
    with database.read() as connection:
        assert audit_chain.verify(connection) == ChainReport(4, 5, Fault.CUT)


def test_a_tail_cut_with_its_head_is_seen_when_somebody_had_read_further(database: Database) -> None:
    fill(database)
    with database.begin() as connection:
        remember(connection, "chain", 5, now=NOON)
        connection.execute(delete(AuditEntry).where(AuditEntry.id > 3))
        end = connection.execute(select(AuditEntry.hash).where(AuditEntry.id == 3)).scalar_one()
        connection.execute(update(AuditHead).values(last_id=3, hash=end))
    with database.read() as connection:
        assert audit_chain.verify(connection) == ChainReport(3, 4, Fault.CUT)


@pytest.mark.parametrize("number", [0, -7])
def test_a_line_slipped_in_before_the_first_is_seen(database: Database, number: int) -> None:
    fill(database, 2)
    with database.begin() as connection:
        row = connection.execute(select(AuditEntry.__table__).where(AuditEntry.id == 2)).mappings().one()
        connection.execute(insert(AuditEntry).values({**row, "id": number}))
    with database.read() as connection:
        assert audit_chain.verify(connection) == ChainReport(0, number, Fault.ADDED)


@pytest.mark.parametrize(("name", "value"), [("particulars", "{"), ("particulars", 5), ("at", "long ago"), ("at", 1)])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # PostgreSQL takes no such value
def test_a_line_that_can_no_longer_be_read_is_named(database: Database, name: str, value: object) -> None:
    fill(database)
    with database.begin() as connection:
        connection.execute(
            update(table("audit_events", column(name), column("id"))).where(column("id") == 3).values({name: value})
        )
    with database.read() as connection:
        assert audit_chain.verify(connection) == ChainReport(2, 3, Fault.CHANGED)


def test_a_line_slipped_in_at_the_end_is_seen(database: Database) -> None:
    fill(database, 2)
    with database.begin() as connection:
        row = connection.execute(select(AuditEntry.__table__).where(AuditEntry.id == 2)).mappings().one()
        connection.execute(insert(AuditEntry).values({**row, "id": 3, "previous": row["hash"], "hash": "f" * 64}))
    with database.read() as connection:
        assert audit_chain.verify(connection) == ChainReport(2, 3, Fault.ADDED)


def test_a_head_moved_by_hand_stops_the_writer(database: Database) -> None:
    fill(database, 2)
    with database.begin() as connection:
        connection.execute(update(AuditHead).values(last_id=1))
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        fill_one(database)


def test_writers_at_once_make_one_chain(database: Database) -> None:
    def work(number: int) -> None:
        for _ in range(8):
            with database.begin() as connection:
                audit_chain.append(connection, an_event(number), NOON)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with database.read() as connection:
        assert audit_chain.verify(connection) == ChainReport(checked=32)
        assert connection.execute(text("SELECT count(*) FROM audit_events")).scalar_one() == 32
