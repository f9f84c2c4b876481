"""One person's record: checked, found by its words, told in the log without what must not be told."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from portal.db import snapshots
from portal.db.models import Agent, AgentCode, AuditEntry, Device, Group, Person
from portal.db.queries.people import search_people
from portal.db.transaction import Database
from portal.domain.agent_tasks import AgentState
from portal.domain.device import DeviceState
from portal.domain.errors import Conflict, InvalidInput, NotFound
from portal.domain.ids import PersonId
from portal.domain.reach import EVERYTHING, Reach
from portal.services.devices import DeviceDraft, add_devices
from portal.services.directory import Directory, PersonWish
from portal.services.editors import Editor
from portal.services.people import PersonDraft, add_people, ensure_units
from tests.support.clock import NOON, FrozenClock

ADMIN = Editor("admin", EVERYTHING)
ROOT, SALES = ("Ключ",), ("Ключ", "Продажи")
ANNA = {
    "login": "a.lee",
    "surname": "Ли",
    "given_name": "Анна",
    "email": "a.lee@key.example",
    "snils": "112-233-445 95",
}


@pytest.fixture
def directory(database: Database, clock: FrozenClock) -> Directory:
    return Directory(database, clock)


@pytest.fixture
def anna(database: Database) -> PersonId:
    with database.begin() as connection:
        ensure_units(connection, [SALES])
        (number,) = add_people(connection, [PersonDraft(ROOT, {**ANNA, "cn": "Ли Анна"}, groups=("Подпись",))], NOON)
        add_devices(connection, [DeviceDraft("S1", holder=number, state=DeviceState.ISSUED)], NOON)
        connection.execute(update(Device).values(next_check_at=NOON + timedelta(days=9)))
    return number


def unit(database: Database, path: tuple[str, ...]) -> int:
    with database.begin() as connection:
        return ensure_units(connection, [path])[path]


def found(database: Database, text: str) -> list[int]:
    with database.read() as connection:
        return [row.id for row in search_people(connection, text).items]


def told(database: Database) -> list[tuple[str, dict[str, str | int]]]:
    with database.read() as connection:
        query = select(AuditEntry.tag, AuditEntry.particulars).order_by(AuditEntry.id)
        return [(row.tag, row.particulars) for row in connection.execute(query)]


def row_of(database: Database, person: PersonId) -> Person:
    with database.read() as connection:
        return connection.execute(select(Person.__table__).where(Person.id == person)).one()  # type: ignore[return-value]


def test_a_person_is_added(database: Database, directory: Directory, anna: PersonId) -> None:
    with database.read() as connection:
        group = connection.execute(select(Group.id)).scalar_one()
    new = {"login": " i.orlov ", "surname": "Орлов", "given_name": "Илья", "middle_name": "", "title": "Инженер  связи"}
    person = directory.add(PersonWish(new, unit(database, SALES), (group,), anna), by=ADMIN)
    with database.read() as connection:
        seen = snapshots.person(connection, person)
    assert seen.container == SALES
    assert seen.groups == {"Подпись"}
    assert seen.attributes == {
        "login": "i.orlov",
        "surname": "Орлов",
        "given_name": "Илья",
        "title": "Инженер связи",
        "cn": "Орлов Илья",
    }
    assert row_of(database, person).manager_id == anna
    assert found(database, "орлов") == found(database, "i.orlov") == [person]
    assert told(database) == [("portal:person:added", {"login": "i.orlov", "unit": "Ключ / Продажи"})]


def test_a_change_is_told_looked_at_and_searched_by(database: Database, directory: Directory, anna: PersonId) -> None:
    wish = {**ANNA, "surname": "Орлова", "cn": "Ли Анна", "snils": "111-111-111 45", "email": ""}
    assert directory.change(anna, PersonWish(wish, unit(database, SALES)), version=1, by=ADMIN)
    row = row_of(database, anna)
    assert (row.name, row.email, row.version) == ("Орлова Анна", "", 2)
    assert row.attributes["cn"] == "Орлова Анна", "a common name made of the names follows them"
    assert found(database, "ли анна") == []
    assert found(database, "орлова") == [anna]
    (line,) = told(database)
    assert line == (
        "portal:person:changed",
        {
            "cn": "Ли Анна → Орлова Анна",
            "surname": "Ли → Орлова",
            "email": "a.lee@key.example → ",
            "snils": "•••",
            "unit": "Ключ → Ключ / Продажи",
            "groups": "− Подпись",
        },
    )
    with database.read() as connection:
        assert connection.execute(select(Device.next_check_at)).scalar_one() == NOON


def test_a_common_name_of_his_own_stays(database: Database, directory: Directory, anna: PersonId) -> None:
    wish = PersonWish({**ANNA, "cn": "Anna Lee", "surname": "Орлова"}, unit(database, ROOT))
    directory.change(anna, wish, version=1, by=ADMIN)
    assert row_of(database, anna).attributes["cn"] == "Anna Lee"


def test_nothing_changed_is_nothing_told(database: Database, directory: Directory, anna: PersonId) -> None:
    with database.read() as connection:
        group = connection.execute(select(Group.id)).scalar_one()
    assert not directory.change(anna, PersonWish(ANNA, unit(database, ROOT), [group]), version=1, by=ADMIN)
    assert row_of(database, anna).version == 1
    assert told(database) == []


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"login": ""}, {"login": "required"}),
        ({"login": "two words"}, {"login": "bad_login"}),
        ({"login": "x" * 101}, {"login": "too_long"}),
        ({"surname": " ", "given_name": ""}, {"surname": "required", "given_name": "required"}),
        ({"email": "nobody"}, {"email": "bad_mail"}),
        ({"title": "a\x00b"}, {"title": "control_character"}),
        ({"title": "x" * 201}, {"title": "too_long"}),
        ({"Bad Name": "x"}, {"Bad Name": "invalid"}),
    ],
)
def test_what_cannot_be_kept(
    database: Database, directory: Directory, anna: PersonId, *, wrong: dict[str, str], fault: dict[str, str]
) -> None:
    wish = PersonWish({**ANNA, **wrong}, unit(database, ROOT))
    for refused in (
        lambda: directory.change(anna, wish, version=1, by=ADMIN),
        lambda: directory.add(
            PersonWish({**wish.attributes, **({} if "login" in wrong else {"login": "b"})}, wish.unit), by=ADMIN
        ),
    ):
        with pytest.raises(InvalidInput) as error:
            refused()
        assert error.value.fields == fault
    assert row_of(database, anna).version == 1


def test_a_login_is_one_of_a_kind_whatever_its_case(database: Database, directory: Directory, anna: PersonId) -> None:
    wish = PersonWish({**ANNA, "login": "A.LEE"}, unit(database, ROOT))
    with pytest.raises(InvalidInput) as refused:
        directory.add(wish, by=ADMIN)
    assert refused.value.fields == {"login": "taken"}
    directory.change(anna, wish, version=1, by=ADMIN)
    assert row_of(database, anna).login == "A.LEE"


@pytest.mark.parametrize(
    ("wish", "fault"),
    [
        (lambda root, anna: PersonWish(ANNA, root, manager=anna), {"manager": "himself"}),
        (lambda root, _anna: PersonWish(ANNA, root, manager=PersonId(4711)), {"manager": "unknown_person"}),
        (lambda root, _anna: PersonWish(ANNA, root, groups=[4711]), {"groups": "invalid"}),
        (lambda _root, _anna: PersonWish(ANNA, 4711), {"unit": "not_yours"}),
    ],
)
def test_what_does_not_exist(
    database: Database,
    directory: Directory,
    anna: PersonId,
    *,
    wish: Callable[[int, PersonId], PersonWish],
    fault: dict[str, str],
) -> None:
    with pytest.raises(InvalidInput) as refused:
        directory.change(anna, wish(unit(database, ROOT), anna), version=1, by=ADMIN)
    assert refused.value.fields == fault


def test_a_stale_form_is_refused_and_says_who_was_first(
    database: Database, directory: Directory, anna: PersonId
) -> None:
    root = unit(database, ROOT)
    directory.change(anna, PersonWish({**ANNA, "title": "A"}, root), version=1, by=Editor("olga", EVERYTHING))
    with pytest.raises(Conflict) as refused:
        directory.change(anna, PersonWish({**ANNA, "title": "B"}, root), version=1, by=ADMIN)
    assert refused.value.data["by"] == "olga"
    assert row_of(database, anna).title == "A"


def test_a_person_is_switched_off_and_on(database: Database, directory: Directory, anna: PersonId) -> None:
    assert directory.set_active(anna, active=False, by=ADMIN)
    assert not directory.set_active(anna, active=False, by=ADMIN)
    with database.read() as connection:
        assert connection.execute(select(Device.holder_id, Device.next_check_at)).one() == (anna, NOON)
    assert directory.set_active(anna, active=True, by=ADMIN)
    assert [line[0] for line in told(database)] == ["portal:person:deactivated", "portal:person:activated"]


def test_nobody_is_deleted_while_devices_are_his(database: Database, directory: Directory, anna: PersonId) -> None:
    with pytest.raises(Conflict) as refused:
        directory.delete(anna, by=ADMIN)
    assert refused.value.data == {"devices": "1"}
    boss = directory.add(PersonWish({**ANNA, "login": "boss"}, unit(database, ROOT)), by=ADMIN)
    directory.change(anna, PersonWish(ANNA, unit(database, ROOT), manager=boss), version=1, by=ADMIN)
    directory.delete(boss, by=ADMIN)
    assert row_of(database, anna).manager_id is None
    assert found(database, "boss") == []
    with pytest.raises(NotFound):
        directory.delete(boss, by=ADMIN)


def test_nobody_is_deleted_while_workstations_are_his(database: Database, directory: Directory) -> None:
    boss = directory.add(PersonWish({**ANNA, "login": "boss"}, unit(database, ROOT)), by=ADMIN)
    told = {"uid": "u", "name": "WS", "machine": "m", "state": AgentState.ACCEPTED, "asked_at": NOON}
    code = {"made_by": "a", "made_at": NOON, "expires_at": NOON + timedelta(days=1), "code_hash": "c"}
    with database.begin() as connection:
        connection.execute(insert(Agent).values({**told, "person_id": boss}))
        connection.execute(insert(AgentCode).values({**code, "person_id": boss}))
    with pytest.raises(Conflict) as refused:
        directory.delete(boss, by=ADMIN)
    assert (refused.value.code, refused.value.data) == ("person_has_workstations", {"devices": "2"})
    with database.begin() as connection:
        connection.execute(update(Agent).values(state=AgentState.REVOKED))
        connection.execute(update(AgentCode).values(used_at=NOON))
    directory.delete(boss, by=ADMIN)
    with database.read() as connection:
        left = [connection.execute(select(kept.person_id)).scalar_one() for kept in (Agent, AgentCode)]
    assert left == [None, None]


def test_a_local_administrator_keeps_people_in_his_units(
    database: Database, directory: Directory, anna: PersonId
) -> None:
    root, sales = unit(database, ROOT), unit(database, SALES)
    local, other = Editor("l", Reach(units=frozenset({root}))), Editor("o", Reach(units=frozenset({sales})))
    with pytest.raises(InvalidInput) as refused:
        directory.change(anna, PersonWish(ANNA, sales), version=1, by=local)
    assert refused.value.fields == {"unit": "not_yours"}
    with pytest.raises(InvalidInput):
        directory.add(PersonWish({**ANNA, "login": "b"}, sales), by=local)
    for hidden in (
        lambda: directory.change(anna, PersonWish(ANNA, sales), version=1, by=other),
        lambda: directory.set_active(anna, active=False, by=other),
        lambda: directory.delete(anna, by=other),
    ):
        with pytest.raises(NotFound):
            hidden()
    assert directory.change(anna, PersonWish({**ANNA, "title": "A"}, root), version=1, by=local)
