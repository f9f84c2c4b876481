"""A file of people is kept sealed, taken over as a whole or not at all, and forgotten."""

import pytest
from sqlalchemy import func, insert, select, update

from portal.connectors.vault_local import LocalVault
from portal.db import snapshots
from portal.db.audit_chain import verify
from portal.db.models import AuditEntry, Device, Group, PeopleImport, Person, Unit
from portal.db.queries.people import search_people
from portal.db.queries.people_export import export_people
from portal.db.transaction import Database
from portal.domain.device import DeviceState
from portal.domain.errors import Conflict, NotFound
from portal.domain.ids import PersonId
from portal.domain.people_decision import Decision
from portal.domain.reach import EVERYTHING, Reach
from portal.services.devices import DeviceDraft, add_devices
from portal.services.people import PersonDraft, add_people
from portal.services.people_import import PeopleImports, Upload
from tests.support.clock import NOON, FrozenClock

HEADER = "логин;фамилия;имя;должность;подразделение;группы;руководитель;активен"
FILE = f"""{HEADER}
a.lee;Орлова;;Инженер;Ключ/Склад;Новая;p.yolkin;да
p.yolkin;Ёлкин;Пётр;;Ключ/Продажи;Подпись, Новая;;нет
b.lee;Ли;Борис;;Ключ;;a.lee;
"""


@pytest.fixture
def imports(database: Database, clock: FrozenClock) -> PeopleImports:
    return PeopleImports(database, clock, LocalVault(b"k" * 32))


@pytest.fixture
def anna(database: Database) -> PersonId:
    attributes = {"login": "a.lee", "surname": "Ли", "given_name": "Анна", "cn": "Ли Анна", "snils": "112-233"}
    with database.begin() as connection:
        (number,) = add_people(connection, [PersonDraft(("Ключ",), attributes, groups=("Подпись",))], NOON)
        add_devices(connection, [DeviceDraft("S1", holder=number, state=DeviceState.ISSUED)], NOON)
    return number


def kept(imports: PeopleImports, text: str = FILE) -> Upload:
    return imports.opened(imports.keep(text.encode(), "люди.csv", (), owner="admin"), owner="admin")


def taken(imports: PeopleImports, text: str = FILE, *, leave_out: bool = False) -> Decision:
    upload = kept(imports, text)
    shown = imports.decide(upload).fingerprint()
    return imports.take_over(upload, shown, leave_out=leave_out, actor="admin")


def count(database: Database, table: type) -> int:
    with database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def test_everything_in_the_file_becomes_true(database: Database, imports: PeopleImports, anna: PersonId) -> None:
    done = taken(imports)
    assert (len(done.added), len(done.changed)) == (2, 1)
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
    assert taken(imports).empty, "the same file again changes nothing"


def test_each_person_has_a_line_in_the_log_and_the_import_one(
    database: Database, imports: PeopleImports, anna: PersonId
) -> None:
    taken(imports)
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


def test_one_mistake_lets_nothing_in(database: Database, imports: PeopleImports, anna: PersonId) -> None:
    wrong = f"{FILE}c.lee;;Карл;;Ключ;;;\n"
    with pytest.raises(Conflict) as refused:
        taken(imports, wrong)
    assert (refused.value.code, refused.value.data) == ("import_wrong", {"lines": "1"})
    assert (count(database, Person), count(database, Unit), count(database, Group)) == (1, 1, 1)
    assert count(database, AuditEntry) == 0
    assert len(taken(imports, wrong, leave_out=True).added) == 2
    assert count(database, Person) == 3
    assert anna


def test_what_was_looked_at_is_what_is_done(database: Database, imports: PeopleImports, anna: PersonId) -> None:
    upload = kept(imports)
    shown = imports.decide(upload).fingerprint()
    with database.begin() as connection:
        other = {"login": "a.lee", "surname": "Иванова", "given_name": "Анна"}
        connection.execute(update(Person).where(Person.id == anna).values(attributes=other))
    with pytest.raises(Conflict) as refused:
        imports.take_over(upload, shown, actor="admin")
    assert refused.value.code == "import_changed"
    imports.take_over(upload, imports.decide(upload).fingerprint(), actor="admin")
    with pytest.raises(NotFound):
        imports.take_over(upload, imports.decide(upload).fingerprint(), actor="admin")
    assert count(database, Person) == 3


def test_a_waiting_file_is_sealed_its_owners_and_forgotten(
    database: Database, imports: PeopleImports, clock: FrozenClock
) -> None:
    upload = kept(imports)
    with database.read() as connection:
        sealed = connection.execute(select(PeopleImport.sealed)).scalar_one()
    assert "Орлова".encode() not in sealed
    for token, owner in ((upload.token, "somebody"), ("no such", "admin")):
        with pytest.raises(NotFound):
            imports.opened(token, owner=owner)
    imports.discard(upload.token, owner="somebody")
    assert imports.opened(upload.token, owner="admin").mapping[:2] == ("login", "surname")
    clock.advance(minutes=61)
    with pytest.raises(NotFound):
        imports.opened(upload.token, owner="admin")
    assert imports.forget_old() == 1
    imports.discard(kept(imports).token, owner="admin")
    assert count(database, PeopleImport) == 0


def test_the_owner_says_what_columns_mean(imports: PeopleImports) -> None:
    upload = kept(imports, "кто;это\na.lee;Ли\n")
    assert imports.decide(upload).faults[0].code == "no_login_column"
    imports.understand(upload, ["login", "surname"], ())
    again = imports.opened(upload.token, owner="admin")
    assert again.mapping == ("login", "surname")
    assert {fault.code for fault in imports.decide(again).faults} == {"required"}


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
