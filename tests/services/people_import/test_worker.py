"""Who takes a file over may die, be slow or be late: it is begun anew, and written once."""

import pytest
from sqlalchemy import Connection, func, select

from portal.db.models import AuditEntry, Person
from portal.db.transaction import Database
from portal.domain.import_state import ImportState
from portal.services import people_import_work
from portal.services.leased_work import TRIES
from portal.services.people import PersonDraft, add_people
from portal.services.people_import_rows import WORK
from portal.services.people_import_work import PeopleImportWork
from tests.services.people_import.files import HEADER, NEW, count
from tests.support.clock import NOON, FrozenClock
from tests.support.imports import Desk


def test_what_a_worker_that_died_had_written_is_not_there_and_another_begins_anew(
    database: Database, desk: Desk, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = desk.confirmed(desk.looked(NEW))

    def dies(connection: Connection, *_: object, **__: object) -> None:
        add_people(connection, [PersonDraft(("Ключ",), {"login": "x", "surname": "Х", "given_name": "Х"})], NOON)
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(people_import_work, "take_over", dies)
        with pytest.raises(SystemExit):
            desk.people_import_work.carry(upload.id)
    assert count(database, Person) == 0
    assert desk.again(upload.token).state is ImportState.RUNNING
    assert not desk.people_import_work.carry(upload.id), "it may be alive"
    desk.called.jobs.clear()
    assert desk.people_imports.ring_due() == 0
    clock.advance(seconds=WORK.lease.total_seconds() + 1)
    assert desk.people_imports.ring_due() == 1
    assert desk.called.jobs == [(upload.id, 3)]
    assert desk.people_import_work.carry(upload.id)
    assert desk.again(upload.token).state is ImportState.DONE
    assert count(database, Person) == 3


def test_a_worker_that_was_thought_dead_writes_nothing(
    database: Database, desk: Desk, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = desk.confirmed(desk.looked(NEW))
    think = PeopleImportWork._think

    def slowly(work: PeopleImportWork, taken: object) -> object:
        thought = think(work, taken)  # type: ignore[arg-type]
        with monkeypatch.context() as patch:
            patch.setattr(PeopleImportWork, "_think", think)
            clock.advance(seconds=WORK.lease.total_seconds() + 1)
            assert work.carry(upload.id), "another one takes it up meanwhile"
        return thought

    monkeypatch.setattr(PeopleImportWork, "_think", slowly)
    assert not desk.people_import_work.carry(upload.id)
    assert count(database, Person) == 3
    with database.read() as connection:
        told = select(func.count()).where(AuditEntry.tag == "portal:people:imported")
        assert connection.execute(told).scalar_one() == 1


def test_who_comes_in_between_thinking_and_writing_has_it_begun_anew(
    database: Database, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = desk.confirmed(desk.looked(NEW))
    think = PeopleImportWork._think

    def late(work: PeopleImportWork, taken: object) -> object:
        thought = think(work, taken)  # type: ignore[arg-type]
        with database.begin() as connection:
            add_people(
                connection, [PersonDraft(("Ключ",), {"login": "B.LEE", "surname": "Л", "given_name": "Б"})], NOON
            )
        return thought

    with monkeypatch.context() as patch:
        patch.setattr(PeopleImportWork, "_think", late)
        assert not desk.people_import_work.carry(upload.id)
    assert count(database, Person) == 1
    assert desk.people_imports.ring_due() == 1, "at once, without waiting for a lease"
    assert desk.people_import_work.carry(upload.id)
    shown = desk.again(upload.token)
    assert shown.preview
    assert [one.code for one in shown.preview.surprises] == ["appeared"]


def test_what_never_comes_to_an_end_is_given_up_and_may_be_begun_again(
    database: Database, desk: Desk, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = desk.confirmed(desk.looked(NEW))

    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("broken on purpose")

    with monkeypatch.context() as patch:
        patch.setattr(people_import_work, "take_over", breaks)
        for _ in range(TRIES):
            with pytest.raises(RuntimeError):
                desk.people_import_work.carry(upload.id)
            clock.advance(seconds=WORK.lease.total_seconds() + 1)
        assert desk.people_import_work.carry(upload.id)
    broken = desk.again(upload.token)
    assert (broken.state, broken.fault) == (ImportState.FAILED, "import_broke")
    assert count(database, Person) == 0
    desk.people_imports.understand(broken, (), ())
    assert desk.people_import_work.carry(upload.id)
    assert desk.people_import_work.carry(desk.confirmed(desk.again(upload.token)).id)
    assert count(database, Person) == 3


def test_how_far_it_is_comes_in_parts(desk: Desk) -> None:
    rows = "".join(f"u{number};Фамилия;Имя;;Ключ;;;\n" for number in range(1200))
    upload = desk.confirmed(desk.looked(f"{HEADER}\n{rows}"))
    desk.called.said.clear()
    desk.people_import_work.carry(upload.id)
    assert desk.called.said == [0, 500, 1000, 1200, 1200]
    more = desk.confirmed(desk.looked(f"{HEADER}\n{rows.replace('Имя', 'Имена')}"))
    desk.called.said.clear()
    desk.people_import_work.carry(more.id)
    assert desk.called.said == [0, 500, 1000, 1200, 1200]
