"""The tree: paths follow, nothing goes in circles, nothing that is used is taken away, and hands reach only so far."""

import pytest
from sqlalchemy import select

from portal.db import snapshots
from portal.db.models import AuditEntry, FleetReview, Unit
from portal.db.transaction import Database
from portal.domain.device import DeviceState
from portal.domain.errors import Conflict, InvalidInput, NotFound
from portal.domain.ids import PolicyId
from portal.domain.policy import DeviceUsagePolicy
from portal.domain.reach import EVERYTHING, Reach
from portal.services.devices import DeviceDraft, add_devices
from portal.services.editors import Editor
from portal.services.people import PersonDraft, add_people, ensure_units
from portal.services.policies import assign, publish
from portal.services.units import Units
from tests.support.clock import NOON, FrozenClock

ADMIN = Editor("admin", EVERYTHING)
PATHS = [("Ключ",), ("Ключ", "Продажи"), ("Ключ", "Продажи", "Регионы"), ("Ключ", "Кадры"), ("Подрядчики",)]


@pytest.fixture
def units(database: Database, clock: FrozenClock) -> Units:
    return Units(database, clock)


@pytest.fixture
def known(database: Database) -> dict[tuple[str, ...], int]:
    with database.begin() as connection:
        return ensure_units(connection, PATHS)


def paths(database: Database) -> set[tuple[str, ...]]:
    with database.read() as connection:
        return {tuple(path) for path in connection.execute(select(Unit.path)).scalars()}


def told(database: Database) -> list[tuple[str, str]]:
    with database.read() as connection:
        rows = connection.execute(select(AuditEntry.tag, AuditEntry.particulars).order_by(AuditEntry.id))
        return [(row.tag, row.particulars["unit"]) for row in rows]


def test_a_unit_is_made_renamed_and_deleted(
    database: Database, units: Units, known: dict[tuple[str, ...], int]
) -> None:
    number = units.create("  Отдел   закупок ", known[PATHS[0]], by=ADMIN)
    assert ("Ключ", "Отдел закупок") in paths(database)
    units.change(number, "Закупки", known[PATHS[0]], seen="Ключ / Отдел закупок", by=ADMIN)
    units.delete(number, by=ADMIN)
    assert paths(database) == set(PATHS)
    assert told(database) == [
        ("portal:unit:added", "Ключ / Отдел закупок"),
        ("portal:unit:renamed", "Ключ / Отдел закупок → Ключ / Закупки"),
        ("portal:unit:deleted", "Ключ / Закупки"),
    ]


def test_everything_below_follows_a_move(database: Database, units: Units, known: dict[tuple[str, ...], int]) -> None:
    units.change(known[PATHS[1]], "Торговля", known[PATHS[4]], seen="Ключ / Продажи", by=ADMIN)
    moved = {("Подрядчики", "Торговля"), ("Подрядчики", "Торговля", "Регионы")}
    assert paths(database) == {PATHS[0], PATHS[3], PATHS[4]} | moved
    assert told(database) == [("portal:unit:moved", "Ключ / Продажи → Подрядчики / Торговля")]
    units.change(known[PATHS[1]], "Торговля", None, seen="Подрядчики / Торговля", by=ADMIN)
    assert ("Торговля", "Регионы") in paths(database)


def test_devices_of_a_moved_unit_are_looked_at_again(
    database: Database, units: Units, known: dict[tuple[str, ...], int]
) -> None:
    people = [PersonDraft(path, {"login": f"p{n}", "surname": "Ли", "given_name": "А"}) for n, path in enumerate(PATHS)]
    with database.begin() as connection:
        holders = add_people(connection, people, NOON)
        drafts = [DeviceDraft(f"S{one}", holder=one, state=DeviceState.ISSUED) for one in holders]
        add_devices(connection, drafts, NOON)
    units.change(known[PATHS[1]], "Продажи 2", known[PATHS[0]], seen="Ключ / Продажи", by=ADMIN)
    assert marked(database) == set(), "another name gives nobody another policy"
    units.change(known[PATHS[1]], "Продажи 2", known[PATHS[4]], seen="Ключ / Продажи 2", by=ADMIN)
    assert marked(database) == {known[PATHS[1]]}
    with database.read() as connection:
        assert snapshots.person(connection, holders[2]).container == ("Подрядчики", "Продажи 2", "Регионы")


def marked(database: Database) -> set[int | None]:
    with database.read() as connection:
        return set(connection.execute(select(FleetReview.unit_id)).scalars())


@pytest.mark.parametrize(
    ("name", "parent", "fault"),
    [
        ("Регионы", PATHS[2], {"parent": "inside_itself"}),
        ("Продажи", PATHS[1], {"parent": "inside_itself"}),
        (" ", PATHS[0], {"name": "required"}),
        ("x" * 201, PATHS[0], {"name": "too_long"}),
        ("a\x07b", PATHS[0], {"name": "invalid"}),
        ("КАДРЫ", PATHS[0], {"name": "taken"}),
    ],
)
def test_what_a_unit_cannot_become(
    database: Database,
    units: Units,
    known: dict[tuple[str, ...], int],
    *,
    name: str,
    parent: tuple[str, ...],
    fault: dict[str, str],
) -> None:
    with pytest.raises(InvalidInput) as refused:
        units.change(known[PATHS[1]], name, known[parent], seen="Ключ / Продажи", by=ADMIN)
    assert refused.value.fields == fault
    with pytest.raises(InvalidInput):
        units.create("Новое", 4711, by=ADMIN)
    assert paths(database) == set(PATHS)
    assert told(database) == []


def test_a_unit_in_use_says_what_is_in_it(database: Database, units: Units, known: dict[tuple[str, ...], int]) -> None:
    with database.begin() as connection:
        person = PersonDraft(PATHS[1], {"login": "a", "surname": "Ли", "given_name": "Анна"})
        add_people(connection, [person], NOON)
        policy = publish(connection, DeviceUsagePolicy(PolicyId(0), 0, "Офис", ()), actor="a", now=NOON)
        assign(connection, policy.id, container=PATHS[1], priority=1, now=NOON)
    with pytest.raises(Conflict) as refused:
        units.delete(known[PATHS[1]], by=ADMIN)
    assert refused.value.data == {"units": "1", "people": "1", "policies": "Офис"}
    with pytest.raises(NotFound):
        units.delete(4711, by=ADMIN)


def test_a_stale_form_is_refused_and_says_who_was_first(units: Units, known: dict[tuple[str, ...], int]) -> None:
    units.change(known[PATHS[3]], "Персонал", known[PATHS[0]], seen="Ключ / Кадры", by=Editor("olga", EVERYTHING))
    with pytest.raises(Conflict) as refused:
        units.change(known[PATHS[3]], "Люди", known[PATHS[0]], seen="Ключ / Кадры", by=ADMIN)
    assert refused.value.data["by"] == "olga"


def test_a_local_administrator_stays_in_his_units(
    database: Database, units: Units, known: dict[tuple[str, ...], int]
) -> None:
    local = Editor("local", Reach(units=frozenset({known[PATHS[1]], known[PATHS[2]]})))
    units.create("Юг", known[PATHS[2]], by=local)
    for refused in (
        lambda: units.create("Юг", known[PATHS[0]], by=local),
        lambda: units.create("Юг", None, by=local),
        lambda: units.change(known[PATHS[1]], "Моё", known[PATHS[0]], seen="Ключ / Продажи", by=local),
        lambda: units.change(known[PATHS[2]], "Регионы", known[PATHS[3]], seen="Ключ / Продажи / Регионы", by=local),
        lambda: units.delete(known[PATHS[1]], by=local),
    ):
        with pytest.raises(InvalidInput):
            refused()
    with pytest.raises(NotFound):
        units.delete(known[PATHS[3]], by=local)
    assert paths(database) == {*PATHS, (*PATHS[2], "Юг")}
