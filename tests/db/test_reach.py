"""Reach in SQL: the same answer as looking at every row, whether few are in sight or many."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from portal.db import reach as own
from portal.db.models import Device, Person, Policy, Unit, Update
from portal.db.queries.audit import AuditFilter, list_audit
from portal.db.queries.dashboard import dashboard
from portal.db.queries.device_rows import device_rows
from portal.db.queries.devices import DeviceFilter, first_devices, list_devices
from portal.db.queries.people import list_people, person_rows, search_people
from portal.db.queries.updates import UpdateFilter, list_updates
from portal.db.transaction import Database
from portal.domain.audit import AuditTag
from portal.domain.device import DeviceState
from portal.domain.ids import PersonId
from portal.domain.reach import EVERYTHING, NOTHING, Reach
from portal.domain.reach import own as of_person
from portal.domain.update_state import UpdateStatus
from portal.services.audit import record
from portal.services.devices import DeviceDraft, add_devices
from portal.services.people import PersonDraft, add_people
from tests.support.clock import NOON

PLACES = (("Ключ",), ("Ключ", "Продажи"), ("Ключ", "Продажи", "Север"), ("Подрядчики",))
TEXTS = ("иванов", "вера", "иванов вера", "7700", "вера 7700")
NAMES = ("Анна", "Борис", "Вера", "Глеб")


class Fleet:
    """Twelve people in four units, thirteen devices, three policies."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.begin() as connection:
            drafts = [self._draft(number) for number in range(12)]
            self.people = add_people(connection, drafts, NOON)
            holders = [*self.people, None]
            self.devices = add_devices(
                connection, [self._device(number, holder) for number, holder in enumerate(holders)], NOON
            )
            self.policies = [self._policy(connection, name) for name in ("Офис", "Склад", "Никому")]
            for number, device in enumerate(self.devices[:-1]):
                values = {"effective_policy_id": self.policies[number % 2], "need": number % 3}
                connection.execute(update(Device).where(Device.id == device).values(values))
            for device in self.devices:
                self._run(connection, device)
            self.units = {tuple(row.path): row.id for row in connection.execute(select(Unit.id, Unit.path))}

    @staticmethod
    def _draft(number: int) -> PersonDraft:
        attributes = {"login": f"p{number}", "surname": f"Иванов{number}", "given_name": NAMES[number % 4]}
        return PersonDraft(PLACES[number % 4], attributes)

    @staticmethod
    def _device(number: int, holder: PersonId | None) -> DeviceDraft:
        return DeviceDraft(f"7700{number:02}", "Рутокен", "ЭЦП", holder=holder, state=DeviceState.ISSUED)

    @staticmethod
    def _policy(connection: Connection, name: str) -> int:
        values = {"name": name, "current_version": 1, "created_at": NOON}
        return connection.execute(insert(Policy).values(values).returning(Policy.id)).scalar_one()

    def _run(self, connection: Connection, device: int) -> None:
        empty: dict[str, Any] = {"plan": {}, "findings": [], "choices": {}, "content_hash": ""}
        whose = {"device_id": device, "policy_id": self.policies[0], "policy_version": 1, "uuid": f"run-{device}"}
        connection.execute(
            insert(Update).values(**empty, **whose, status=UpdateStatus.COMPLETED, ordered_by="x", ordered_at=NOON)
        )
        record(connection, AuditTag.DEVICE_SEEN, actor="token", subject=f"device:{device}", now=NOON)

    def reach(self, *places: tuple[str, ...], policies: tuple[int, ...] = ()) -> Reach:
        with self.database.read() as connection:
            units = own.subtree(connection, [self.units[place] for place in places])
        return Reach(units=units, policies=frozenset(policies))

    def within(self, reach: Reach) -> tuple[set[int], set[int]]:
        """People and devices within reach, by looking at each."""
        with self.database.read() as connection:
            people = connection.execute(select(Person.id, Person.unit_id)).all()
            devices = connection.execute(select(Device.id, Device.holder_id, Device.effective_policy_id)).all()
        near = {row.id for row in people if row.unit_id in reach.units or row.id == reach.person}
        seen = {row.id for row in devices if row.holder_id in near or row.effective_policy_id in reach.policies}
        held = {row.holder_id for row in devices if row.effective_policy_id in reach.policies and row.holder_id}
        return near | held, seen


@pytest.fixture
def fleet(database: Database) -> Fleet:
    return Fleet(database)


@pytest.fixture(params=["few", "many"])
def _either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Driven by the reach itself, or tested on what another index brings."""
    monkeypatch.setattr(own, "FEW", 3000 if request.param == "few" else 0)


REACHES: dict[str, Callable[[Fleet], Reach]] = {
    "a unit and all below": lambda fleet: fleet.reach(PLACES[1]),
    "two units": lambda fleet: fleet.reach(PLACES[2], PLACES[3]),
    "a policy": lambda fleet: fleet.reach(policies=(fleet.policies[1],)),
    "a unit or a policy": lambda fleet: fleet.reach(PLACES[3], policies=(fleet.policies[0],)),
    "a policy of nobody": lambda fleet: fleet.reach(policies=(fleet.policies[2],)),
    "oneself": lambda fleet: of_person(fleet.people[5]),
    "nothing": lambda _fleet: NOTHING,
}


@pytest.mark.usefixtures("_either")
def test_lists_hold_what_is_within_reach_and_nothing_else(fleet: Fleet) -> None:
    for name, made in REACHES.items():
        reach = made(fleet)
        people, devices = fleet.within(reach)
        with fleet.database.read() as connection:
            listed = list_devices(connection, DeviceFilter(), size=50, reach=reach)
            due = list_devices(connection, DeviceFilter(due=True), size=50, reach=reach)
            named = list_people(connection, size=50, reach=reach)
            runs = list_updates(connection, UpdateFilter(), size=50, reach=reach)
            log = list_audit(connection, AuditFilter(), size=50, reach=reach)
            shown = dashboard(connection, NOON, reach=reach)
        assert {row.id for row in listed.items} == devices, name
        assert {row.id for row in due.items} == {row.id for row in listed.items if row.due}, name
        assert {row.id for row in named.items} == people, name
        assert {row.device_id for row in runs.items} == devices, name
        assert {int(row.subject.partition(":")[2]) for row in log.items} == devices, name
        assert (listed.count.number, named.count.number) == (len(devices), len(people)), name
        assert shown.due == len(due.items), name


@pytest.mark.usefixtures("_either")
def test_search_finds_what_is_within_reach_and_nothing_else(fleet: Fleet) -> None:
    for text, (name, made) in product(TEXTS, REACHES.items()):
        reach, told = made(fleet), (text, name)
        people, devices = fleet.within(reach)
        with fleet.database.read() as connection:
            everybody = search_people(connection, text, limit=50)
            found = search_people(connection, text, limit=50, reach=reach)
            all_devices = first_devices(connection, text, size=50)
            some = first_devices(connection, text, size=50, reach=reach)
            listed = list_devices(connection, DeviceFilter(text=text), size=50, reach=reach)
        assert {row.id for row in found.items} == {row.id for row in everybody.items} & people, told
        assert {row.id for row in some.items} == {row.id for row in all_devices.items} & devices, told
        assert {row.id for row in listed.items} == {row.id for row in all_devices.items} & devices, told


def test_what_is_asked_for_by_number_is_left_out(fleet: Fleet) -> None:
    for name, made in REACHES.items():
        reach = made(fleet)
        people, devices = fleet.within(reach)
        with fleet.database.read() as connection:
            assert {row.id for row in device_rows(connection, fleet.devices, reach=reach)} == devices, name
            assert {row.id for row in person_rows(connection, fleet.people, reach=reach)} == people, name


def test_everything_needs_no_conditions_at_all() -> None:
    conditions = (own.devices_within, own.people_within, own.updates_within, own.audit_within, own.units_within)
    assert all(made(EVERYTHING) == () for made in conditions)


@pytest.mark.usefixtures("_either")
def test_pages_follow_each_other_within_reach(fleet: Fleet) -> None:
    reach = fleet.reach(PLACES[0])
    _people, devices = fleet.within(reach)
    found, after = [], None
    with fleet.database.read() as connection:
        while True:
            page = list_devices(connection, DeviceFilter(), after=after, size=2, reach=reach)
            found += [row.id for row in page.items]
            after = page.after
            if after is None:
                break
    assert found == sorted(devices)
