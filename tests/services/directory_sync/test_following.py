"""A directory outside is followed: who comes, changes, moves, leaves; groups; what stops it."""

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update

from portal.db.models import AuditEntry, Device, DirectorySync, DirectorySyncLine, Person, Unit
from portal.db.queries.directory_syncs import devices_due
from portal.domain.device import DeviceState
from portal.domain.directory_sync import SyncEvent, SyncFault, SyncState
from portal.domain.errors import Conflict
from portal.domain.ids import DeviceId
from portal.domain.update_state import UpdateStatus
from portal.ports.directory import UnitEntry
from portal.services.people import PersonDraft, add_people
from portal.services.policies import assign
from tests.services.directory_sync.seen import a_device, device, groups_of, person
from tests.support.clock import NOON
from tests.support.directories import Follower, entry
from tests.support.office import Office


def test_people_come_with_units_and_nothing_changes_twice(here: Follower) -> None:
    first = here.sync()
    assert (first.state, first.seen, first.counts[SyncEvent.ADDED]) == (SyncState.DONE, 4, 4)
    assert person(here.database, "vera")[1:3] == (True, ("Ключ", "Продажи"))
    again = here.sync(whole=True)
    assert again.seen == 4
    assert not any(again.counts.values())


def test_somebody_renamed_and_moved_stays_himself(here: Follower) -> None:
    here.sync()
    a_device(here.database, "anna", "S1")
    number = person(here.database, "anna")[0]
    told = {"login": "anna.k", "surname": "Ким", "given_name": "Анна"}
    here.become("anna", attributes=told, place=("Ключ", "Склад"), name="cn=anna.k")
    seen = here.sync()
    assert here.source.readings == [True, False]
    assert (seen.counts[SyncEvent.MOVED], seen.counts[SyncEvent.CHANGED], seen.seen) == (1, 1, 1)
    same, active, unit, attributes = person(here.database, "anna.k")
    assert (same, active, unit, attributes["cn"]) == (number, True, ("Ключ", "Склад"), "Ким Анна")
    with here.database.begin() as connection:
        connection.execute(update(Device).values(need=1))
        assert devices_due(connection, seen.id) == 1
    assert device(here.database, "S1") == (DeviceState.ISSUED, True)


def test_what_the_directory_does_not_own_stays(here: Follower) -> None:
    here.sync()
    number = person(here.database, "anna")[0]
    with here.database.begin() as connection:
        kept = {**person(here.database, "anna")[3], "snils": "11223344595"}
        connection.execute(update(Person).where(Person.id == number).values(attributes=kept))
    here.become("anna", attributes={"login": "anna", "surname": "Ли", "given_name": "Анна", "title": "Врач"})
    here.sync()
    attributes = person(here.database, "anna")[3]
    assert (attributes["snils"], attributes["title"]) == ("11223344595", "Врач")


def test_people_kept_by_hand_are_left_alone(here: Follower) -> None:
    with here.database.begin() as connection:
        own = PersonDraft(("Другие",), {"login": "Anna", "surname": "Своя", "given_name": "Анна"})
        add_people(connection, [own], NOON)
    seen = here.sync()
    assert (seen.counts[SyncEvent.ADDED], seen.counts[SyncEvent.REFUSED]) == (3, 1)
    (line,) = here.lines(seen.id, SyncEvent.REFUSED)
    assert (line.login, line.detail) == ("anna", "login: taken")
    assert person(here.database, "Anna")[2] == ("Другие",)
    here.retell(adopt="y")
    adopted = here.sync()
    assert adopted.counts[SyncEvent.MOVED] == 1
    assert person(here.database, "anna")[2] == ("Ключ", "Продажи")


def test_an_entry_that_cannot_be_kept_is_refused_alone(here: Follower) -> None:
    here.source.put(entry("bad", surname=""), entry("два слова"))
    seen = here.sync()
    assert (seen.counts[SyncEvent.ADDED], seen.counts[SyncEvent.REFUSED]) == (4, 2)
    told = {line.login: line.detail for line in here.lines(seen.id, SyncEvent.REFUSED)}
    assert told == {"bad": "surname: required", "два слова": "login: bad_login"}


def test_a_rehearsal_saves_nothing(here: Follower) -> None:
    with here.database.read() as connection:
        before = connection.execute(select(func.count()).select_from(AuditEntry)).scalar_one()
    seen = here.sync(dry=True)
    assert (seen.state, seen.counts[SyncEvent.ADDED]) == (SyncState.DONE, 4)
    assert len(here.lines(seen.id, SyncEvent.ADDED)) == 4
    with here.database.read() as connection:
        logins = connection.execute(select(Person.login).where(Person.login == "anna")).all()
        after = connection.execute(select(func.count()).select_from(AuditEntry)).scalar_one()
    assert (logins, after) == ([], before)


@pytest.mark.parametrize(
    ("rule", "state"),
    [("nothing", DeviceState.ISSUED), ("suspend", DeviceState.DISABLED), ("revoke", DeviceState.REVOKED)],
)
def test_devices_of_whoever_is_gone_follow_the_rule(here: Follower, rule: str, state: DeviceState) -> None:
    here.retell(when_gone=rule)
    here.sync()
    a_device(here.database, "anna", "S1")
    del here.source.people["key-anna"]
    seen = here.sync()
    assert seen.counts[SyncEvent.GONE] == 1
    assert person(here.database, "anna")[1] is False
    assert device(here.database, "S1") == (state, True)


def test_a_device_that_is_being_updated_is_switched_off_afterwards(here: Follower, office: Office) -> None:
    here.retell(when_gone="suspend")
    here.sync()
    a_device(here.database, "anna", "S1")
    with here.database.begin() as connection:
        number = connection.execute(select(Device.id).where(Device.serial == "S1")).scalar_one()
        assign(connection, office.policy.id, container=("Ключ",), priority=1, now=NOON)
    run = office.order(DeviceId(number))
    del here.source.people["key-anna"]
    here.sync()
    assert device(here.database, "S1")[0] is DeviceState.ISSUED
    office.put(run, status=UpdateStatus.CANCELLED)
    assert here.leavers.settle() == 1
    assert device(here.database, "S1")[0] is DeviceState.DISABLED
    assert here.leavers.settle() == 0


def test_somebody_disabled_comes_back(here: Follower) -> None:
    here.retell(when_disabled="nothing")
    here.sync()
    here.become("anna", active=False)
    assert here.sync().counts[SyncEvent.DISABLED] == 1
    assert person(here.database, "anna")[1] is False
    here.become("anna", active=True)
    here.sync()
    assert person(here.database, "anna")[1] is True


def test_a_directory_emptied_by_mistake_takes_nobody_away(here: Follower) -> None:
    here.sync()
    kept, here.source.people = here.source.people, {}
    for whole in (False, True):
        seen = here.sync(whole=whole, anyway=True)
        assert (seen.state, seen.fault) == (SyncState.STOPPED, SyncFault.EMPTY)
    assert person(here.database, "anna")[1] is True
    here.source.people = kept
    assert here.sync().state is SyncState.DONE


def test_too_many_leave_only_when_somebody_says_so(here: Follower) -> None:
    here.source.put(*(entry(f"p{number}") for number in range(8)))
    here.sync()
    for login in ("anna", "boris", "p1", "p2"):
        here.become(login, active=False)
    seen = here.sync()
    assert (seen.state, seen.fault, seen.detail) == (SyncState.STOPPED, SyncFault.TOO_MANY, "4 / 12")
    assert person(here.database, "p1")[1] is True
    assert here.sync(whole=True, anyway=True).counts[SyncEvent.DISABLED] == 4
    assert person(here.database, "p1")[1] is False


def test_groups_follow_and_devices_are_looked_at(here: Follower) -> None:
    here.source.group("VPN", "anna", "boris")
    here.sync()
    a_device(here.database, "boris", "S1")
    a_device(here.database, "vera", "S2")
    a_device(here.database, "gleb", "S3")
    here.source.group("VPN", "anna", "vera")
    seen = here.sync()
    assert [(one.login, one.detail) for one in here.lines(seen.id, SyncEvent.GROUPS)] == [
        ("boris", "− VPN"),
        ("vera", "+ VPN"),
    ]
    assert groups_of(here.database, "vera") == {"VPN"}
    assert groups_of(here.database, "boris") == set()
    assert [device(here.database, serial)[1] for serial in ("S1", "S2", "S3")] == [True, True, False]


def test_a_unit_called_otherwise_keeps_its_number(here: Follower) -> None:
    here.source.units_ = [UnitEntry("unit-1", ("Ключ", "Продажи"))]
    here.sync()
    with here.database.read() as connection:
        number = connection.execute(select(Unit.id).where(Unit.name == "Продажи")).scalar_one()
    here.source.units_ = [UnitEntry("unit-1", ("Ключ", "Сбыт"))]
    for login in ("anna", "boris", "vera", "gleb"):
        here.become(login, place=("Ключ", "Сбыт"))
    seen = here.sync()
    assert seen.counts[SyncEvent.MOVED] == 1
    with here.database.read() as connection:
        assert connection.execute(select(Unit.id).where(Unit.name == "Сбыт")).scalar_one() == number


def test_what_breaks_off_is_gone_on_with(here: Follower) -> None:
    here.source.breaks_after = 1
    broken = here.sync()
    assert (broken.state, broken.fault, broken.counts[SyncEvent.ADDED]) == (SyncState.FAILED, "directory_away", 2)
    row = here.watch.row(here.connector)
    assert row is not None
    assert (row.health.failures, row.health.trouble) == (1, "directory_away")
    here.source.breaks_after = None
    here.clock.advance(minutes=1)
    assert here.sync().counts[SyncEvent.ADDED] == 2


def test_a_worker_that_dies_is_followed_by_another(here: Follower) -> None:
    number = here.syncs.order(here.connector, actor="admin")
    with here.database.begin() as connection:
        begun = {
            "state": SyncState.RUNNING,
            "fence": 1,
            "tries": 1,
            "lease_until": here.clock.now() + timedelta(minutes=3),
        }
        connection.execute(update(DirectorySync).where(DirectorySync.id == number).values(begun))
    assert here.work.carry(number) is False
    with pytest.raises(Conflict, match="sync_runs"):
        here.syncs.order(here.connector, actor="admin")
    with here.database.begin() as connection:  # what the first one told before it died
        told = {"sync_id": number, "event": SyncEvent.REFUSED, "login": "old", "detail": "login: taken"}
        connection.execute(insert(DirectorySyncLine).values(told))
        connection.execute(update(DirectorySync).where(DirectorySync.id == number).values(added=3, refused=1))
    here.clock.advance(minutes=4)
    assert here.syncs.ring_due() == 1
    assert here.work.carry(number) is True
    seen = here.syncs.get(number)
    assert (seen.state, seen.counts[SyncEvent.ADDED], seen.counts[SyncEvent.REFUSED]) == (SyncState.DONE, 3 + 4, 0)
    assert here.lines(number, SyncEvent.REFUSED) == []


def test_what_is_due_is_ordered_once_a_person_has_seen_the_first(here: Follower) -> None:
    assert here.syncs.ring_due() == 0
    here.sync()
    assert here.syncs.ring_due() == 0
    here.clock.advance(hours=1)
    assert here.syncs.ring_due() == 1
    assert here.syncs.of(here.connector)[0].ordered_by == "sweeper"


def test_managers_follow(here: Follower) -> None:
    here.become("boris", manager="cn=anna")
    here.become("vera", manager="cn=somebody else")
    here.sync()
    query = select(Person.login, Person.manager_id).where(Person.manager_id.is_not(None))
    with here.database.read() as connection:
        assert [tuple(row) for row in connection.execute(query)] == [("boris", person(here.database, "anna")[0])]
    here.become("boris", manager="cn=gleb")
    here.sync()
    with here.database.read() as connection:
        assert connection.execute(query).one().manager_id == person(here.database, "gleb")[0]
