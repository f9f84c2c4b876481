"""Groups: policies follow a new name, a group in use stays, and members' devices are looked at again."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal.db import snapshots
from portal.db.models import AuditEntry, Device, Group, Person, PolicyAssignment
from portal.db.queries.groups import group_members, group_row
from portal.db.queries.paging import Count
from portal.db.transaction import Database
from portal.domain.device import DeviceState
from portal.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from portal.domain.ids import PersonId, PolicyId
from portal.domain.policy import DeviceUsagePolicy
from portal.domain.reach import EVERYTHING, Reach
from portal.services.devices import DeviceDraft, add_devices
from portal.services.editors import Editor
from portal.services.groups import Groups
from portal.services.people import PersonDraft, add_people
from portal.services.policies import assign, publish
from tests.support.clock import NOON, FrozenClock

ADMIN = Editor("admin", EVERYTHING)


@pytest.fixture
def groups(database: Database, clock: FrozenClock) -> Groups:
    return Groups(database, clock)


@pytest.fixture
def person(database: Database) -> PersonId:
    draft = PersonDraft(("Ключ",), {"login": "a", "surname": "Ли", "given_name": "Анна"}, groups=("Подпись",))
    with database.begin() as connection:
        (number,) = add_people(connection, [draft], NOON)
        add_devices(connection, [DeviceDraft("S1", holder=number, state=DeviceState.ISSUED)], NOON)
        connection.execute(update(Device).values(next_check_at=NOON + timedelta(days=9)))
    return number


def number_of(database: Database, name: str) -> int:
    with database.read() as connection:
        return int(connection.execute(select(Group.id).where(Group.name == name)).scalar_one())


def told(database: Database) -> list[tuple[str, str, dict[str, str | int]]]:
    with database.read() as connection:
        query = select(AuditEntry.tag, AuditEntry.subject, AuditEntry.particulars).order_by(AuditEntry.id)
        return [tuple(row) for row in connection.execute(query)]  # type: ignore[misc]


def test_policies_follow_a_new_name(database: Database, groups: Groups, person: PersonId) -> None:
    with database.begin() as connection:
        policy = publish(connection, DeviceUsagePolicy(PolicyId(0), 0, "Офис", ()), actor="a", now=NOON)
        assign(connection, policy.id, container=("Ключ",), groups=frozenset({"Подпись", "Б"}), priority=1, now=NOON)
    group = number_of(database, "Подпись")
    groups.rename(group, "Право подписи", seen="Подпись", by=ADMIN)
    with database.read() as connection:
        assert connection.execute(select(PolicyAssignment.groups)).scalar_one() == ["Б", "Право подписи"]
        assert snapshots.person(connection, person).groups == {"Право подписи"}
    with pytest.raises(Conflict) as refused:
        groups.delete(group, by=ADMIN)
    assert refused.value.data == {"policies": "Офис"}
    with pytest.raises(Conflict):
        groups.rename(group, "Иначе", seen="Подпись", by=ADMIN)


def test_a_group_nobody_is_assigned_to_goes_with_its_memberships(
    database: Database, groups: Groups, person: PersonId
) -> None:
    groups.delete(number_of(database, "Подпись"), by=ADMIN)
    with database.read() as connection:
        assert snapshots.person(connection, person).groups == frozenset()
    assert [line[0] for line in told(database)] == ["portal:group:deleted"]


def test_members_come_and_go(database: Database, groups: Groups, person: PersonId, clock: FrozenClock) -> None:
    group = groups.create("Удалённый доступ", by=ADMIN)
    assert groups.add_member(group, person, by=ADMIN)
    assert not groups.add_member(group, person, by=ADMIN)
    with database.read() as connection:
        assert snapshots.person(connection, person).groups == {"Подпись", "Удалённый доступ"}
        assert connection.execute(select(Device.next_check_at)).scalar_one() == clock.now()
        assert connection.execute(select(Person.version)).scalar_one() == 2
    assert groups.remove_member(group, person, by=ADMIN)
    assert not groups.remove_member(group, person, by=ADMIN)
    assert told(database)[1:] == [
        ("portal:person:changed", f"person:{person}", {"groups": "+ Удалённый доступ"}),
        ("portal:person:changed", f"person:{person}", {"groups": "− Удалённый доступ"}),
    ]


@pytest.mark.parametrize(("name", "fault"), [("", "required"), ("x" * 201, "too_long"), ("подпись", "taken")])
def test_what_a_group_cannot_be_called(groups: Groups, person: PersonId, name: str, fault: str) -> None:
    assert person
    with pytest.raises(InvalidInput) as refused:
        groups.create(name, by=ADMIN)
    assert refused.value.fields == {"name": fault}


def test_members_are_paged_and_only_those_within_reach(database: Database) -> None:
    drafts = [
        PersonDraft(("Ключ", unit), {"login": f"{unit}{n}", "surname": f"Ф{n}", "given_name": "А"}, groups=("Большая",))
        for n in range(4)
        for unit in ("x", "y")
    ]
    with database.begin() as connection:
        add_people(connection, drafts, NOON)
    with database.read() as connection:
        group = group_row(connection, 1)
        first = group_members(connection, group, size=5, reach=EVERYTHING)
        rest = group_members(connection, group, size=5, after=first.after, reach=EVERYTHING)
        unit = connection.execute(select(Person.unit_id).where(Person.login == "x0")).scalar_one()
        mine = group_members(connection, group, reach=Reach(units=frozenset({unit})))
    assert group.members == 8
    logins = [row.login for row in (*first.items, *rest.items)]
    assert logins == ["x0", "y0", "x1", "y1", "x2", "y2", "x3", "y3"]
    assert (first.count, rest.after) == (Count(8), None)
    assert [row.login for row in mine.items] == ["x0", "x1", "x2", "x3"]


def test_a_local_administrator_changes_only_who_of_his_people_is_in(
    database: Database, groups: Groups, person: PersonId
) -> None:
    with database.read() as connection:
        unit = connection.execute(select(Person.unit_id)).scalar_one()
    group = number_of(database, "Подпись")
    local, other = Editor("l", Reach(units=frozenset({unit}))), Editor("o", Reach(units=frozenset({unit + 1})))
    assert groups.remove_member(group, person, by=local)
    with pytest.raises(NotFound):
        groups.add_member(group, person, by=other)
    for refused in (
        lambda: groups.create("Моя", by=local),
        lambda: groups.rename(group, "Моя", seen="Подпись", by=local),
        lambda: groups.delete(group, by=local),
    ):
        with pytest.raises(Forbidden):
            refused()
    with pytest.raises(NotFound):
        groups.add_member(4711, person, by=local)
