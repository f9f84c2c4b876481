"""A file of people is kept sealed, checked, taken over as a whole or not at all, and forgotten."""

import pytest
from sqlalchemy import delete, insert, select, update

from portal.db import snapshots
from portal.db.audit_chain import verify
from portal.db.models import AuditEntry, Device, Group, Membership, PeopleImport, Person, Unit
from portal.db.queries.people import search_people
from portal.db.queries.people_export import export_people
from portal.db.transaction import Database
from portal.domain.errors import Conflict, NotFound
from portal.domain.ids import PersonId
from portal.domain.import_state import ImportState
from portal.domain.reach import EVERYTHING, Reach
from portal.services import people_import_work
from portal.services.people import PersonDraft, add_people
from tests.services.people_import.files import BORIS, FILE, HEADER, NEW, count
from tests.support.clock import NOON, FrozenClock
from tests.support.imports import Desk


def test_everything_in_the_file_becomes_true(database: Database, desk: Desk, anna: PersonId) -> None:
    done = desk.taken(FILE).preview
    assert done
    assert (done.added, done.changed) == (2, 1)
    with database.read() as connection:
        rows = {row.login: row for row in connection.execute(select(Person.__table__))}
        people = snapshots.people(connection, [row.id for row in rows.values()])
        assert connection.execute(select(Device.next_check_at)).scalar_one() == NOON
        assert verify(connection).whole
        (found,) = search_people(connection, "орлова").items
    assert found.id == anna
    assert people[anna].container == ("Ключ", "Склад")
    assert people[anna].groups == {"Новая"}
    assert people[anna].attributes["cn"] == "Орлова Анна"
    assert people[anna].attributes["snils"] == "112-233"
    assert people[rows["p.yolkin"].id].groups == {"Подпись", "Новая"}
    assert not rows["p.yolkin"].active
    assert (rows["a.lee"].manager_id, rows["b.lee"].manager_id) == (rows["p.yolkin"].id, anna)
    assert rows["a.lee"].version == 2
    again = desk.looked(FILE).preview
    assert again
    assert again.empty, "the same file again changes nothing"


def test_each_person_has_a_line_in_the_log_and_the_import_one(database: Database, desk: Desk, anna: PersonId) -> None:
    desk.taken(FILE)
    with database.read() as connection:
        lines = {row.subject: row for row in connection.execute(select(AuditEntry.__table__))}
    assert lines[f"person:{anna}"].particulars == {
        "cn": "Ли Анна → Орлова Анна",
        "surname": "Ли → Орлова",
        "title": " → Инженер",
        "unit": "Ключ → Ключ / Склад",
        "manager": "— → p.yolkin",
        "groups": "+ Новая, − Подпись",
    }
    (whole,) = [row for row in lines.values() if row.tag == "portal:people:imported"]
    assert whole.particulars == {"file": "люди.csv", "added": 2, "changed": 1, "left_out": 0}
    assert len(lines) == 4


def test_one_mistake_lets_nothing_in(database: Database, desk: Desk, anna: PersonId) -> None:
    wrong = f"{FILE}c.lee;;Карл;;Ключ;;;\n"
    upload = desk.looked(wrong)
    with pytest.raises(Conflict) as refused:
        desk.confirmed(upload)
    assert (refused.value.code, refused.value.data) == ("import_wrong", {"lines": "1"})
    assert (count(database, Person), count(database, Unit), count(database, Group)) == (1, 1, 1)
    assert count(database, AuditEntry) == 0
    done = desk.taken(wrong, leave_out=True)
    assert (done.state, done.leave_out) == (ImportState.DONE, True)
    assert count(database, Person) == 3
    assert anna


def test_whoever_has_changed_meanwhile_is_told_of_line_by_line(database: Database, desk: Desk, anna: PersonId) -> None:
    upload = desk.looked(f"{FILE}d.lee;Ли;Дмитрий;;Ключ;;;\n")
    other = {"login": "a.lee", "surname": "Иванова", "given_name": "Анна"}
    with database.begin() as connection:
        connection.execute(update(Person).where(Person.id == anna).values(attributes=other))
        add_people(connection, [PersonDraft(("Ключ",), BORIS)], NOON)
    assert desk.people_import_work.carry(desk.confirmed(upload).id)
    shown = desk.again(upload.token)
    assert (shown.state, shown.fault) == (ImportState.CHECKED, "import_changed")
    assert shown.preview
    surprises = [(one.line, one.value, one.code) for one in shown.preview.surprises]
    assert surprises == [(2, "a.lee", "changed_since"), (4, "b.lee", "appeared")]
    assert count(database, AuditEntry) == 0, "nothing was taken over"
    assert desk.people_import_work.carry(desk.confirmed(shown).id)
    assert desk.again(upload.token).state is ImportState.DONE
    assert count(database, Person) == 4


def test_who_is_gone_meanwhile_and_what_is_wrong_now_is_told_too(
    database: Database, desk: Desk, anna: PersonId
) -> None:
    upload = desk.looked(f"{HEADER}\na.lee;Орлова;;;;;;\nb.lee;Ли;Борис;;Ключ;;a.lee;\nc.lee;Ли;Цой;;Ключ;;x.lee;\n")
    assert upload.preview
    assert [fault.code for fault in upload.preview.faults] == ["unknown_person"]
    with database.begin() as connection:
        connection.execute(update(Device).values(holder_id=None))
        connection.execute(delete(Membership))
        connection.execute(delete(Person).where(Person.id == anna))
    desk.people_import_work.carry(desk.confirmed(upload, leave_out=True).id)
    shown = desk.again(upload.token).preview
    assert shown
    first = shown.surprises[0]
    assert (first.line, first.code) == (2, "required"), "somebody new needs more"
    assert count(database, Person) == 0


def test_a_file_is_confirmed_as_it_was_looked_at_and_once(database: Database, desk: Desk, anna: PersonId) -> None:
    upload = desk.looked(FILE)
    for other, code in ((upload, "import_changed"), (desk.kept(FILE), "import_moved")):
        with pytest.raises(Conflict) as refused:
            desk.people_imports.confirm(other, "another fingerprint")
        assert refused.value.code == code
    desk.confirmed(upload)
    for act in (
        lambda: desk.confirmed(upload),
        lambda: desk.people_imports.understand(desk.again(upload.token), (), ()),
    ):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "import_moved"
    with pytest.raises(Conflict):
        desk.people_imports.discard(desk.again(upload.token))
    assert desk.people_import_work.carry(upload.id)
    assert not desk.people_import_work.carry(upload.id), "a bell that comes late finds nothing to do"
    assert count(database, Person) == 3
    assert anna


def test_a_waiting_file_is_sealed_its_owners_and_forgotten(database: Database, desk: Desk, clock: FrozenClock) -> None:
    upload = desk.looked(FILE)
    with database.read() as connection:
        row = connection.execute(select(PeopleImport.sealed, PeopleImport.preview, PeopleImport.marks)).one()
    assert all("Орлова".encode() not in part for part in row)
    for token, owner in ((upload.token, "somebody"), ("no such", "admin")):
        with pytest.raises(NotFound):
            desk.people_imports.opened(token, owner=owner)
    assert desk.people_imports.of_owner("somebody") == ()
    assert [file.token for file in desk.people_imports.of_owner("admin")] == [upload.token]
    clock.advance(minutes=61)
    with pytest.raises(NotFound):
        desk.again(upload.token)
    assert desk.people_imports.forget_old() == 1
    desk.people_imports.discard(desk.kept(FILE))
    assert count(database, PeopleImport) == 0


def test_what_is_to_be_done_is_not_forgotten_and_what_was_done_is_wiped(
    database: Database, desk: Desk, clock: FrozenClock
) -> None:
    upload = desk.confirmed(desk.looked(NEW))
    clock.advance(minutes=61)
    assert desk.people_imports.forget_old() == 0
    assert desk.people_import_work.carry(upload.id)
    assert desk.again(upload.token).state is ImportState.DONE
    with database.read() as connection:
        assert connection.execute(select(PeopleImport.sealed, PeopleImport.marks)).one() == (b"", b"")
    clock.advance(minutes=61)
    assert desk.people_imports.forget_old() == 1


def test_the_owner_says_what_columns_mean(desk: Desk) -> None:
    upload = desk.looked("кто;это\na.lee;Ли\n")
    assert upload.preview
    assert upload.preview.faults[0].code == "no_login_column"
    desk.people_imports.understand(upload, ["login", "surname"], ())
    assert desk.again(upload.token).mapping == ("login", "surname")
    assert desk.people_import_work.carry(upload.id)
    again = desk.again(upload.token).preview
    assert again
    assert {fault.code for fault in again.faults} == {"required"}


def test_a_check_of_columns_that_mean_something_else_by_now_counts_for_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = desk.looked("кто;это\na.lee;Ли\n")
    desk.people_imports.understand(upload, ["login", "surname"], ())
    with monkeypatch.context() as patch:
        patch.setattr(people_import_work, "decide", _broken)
        with pytest.raises(RuntimeError):
            desk.people_import_work.carry(upload.id)
    assert desk.people_imports.forget_old() == 0
    desk.people_imports.discard(desk.again(upload.token))
    assert not desk.people_import_work.carry(upload.id)


def _broken(*_: object) -> None:
    raise RuntimeError("broken on purpose")


def test_people_go_out_in_parts(database: Database) -> None:
    rows = [{"login": f"p{n:04}", "surname": f"Фамилия{n:04}", "given_name": "А", "phone": "+7"} for n in range(1003)]
    with database.begin() as connection:
        numbers = add_people(connection, [PersonDraft(("Ключ",), one, groups=("Б", "А")) for one in rows], NOON)
        connection.execute(update(Person).where(Person.id == numbers[1]).values(manager_id=numbers[0], active=False))
        unit = connection.execute(insert(Unit).values(name="Пусто", path=["Пусто"]).returning(Unit.id)).scalar_one()
    everybody = list(export_people(database, "", active=None, reach=EVERYTHING))
    assert [one["login"] for one in everybody] == [one["login"] for one in rows]
    assert everybody[1] == {**rows[1], "unit": "Ключ", "groups": "А, Б", "manager": "p0000", "active": "0"}
    assert [one["login"] for one in export_people(database, "", active=False, reach=EVERYTHING)] == ["p0001"]
    assert len(list(export_people(database, "фамилия000", active=None, reach=EVERYTHING))) == 10
    assert list(export_people(database, "", active=None, reach=Reach(units=frozenset({unit})))) == []
