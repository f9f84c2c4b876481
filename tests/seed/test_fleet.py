"""A fleet is the same for the same seed, on either database, and goes on where the last one ended."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from portal.db import schema
from portal.db.models import Certificate, Device, DeviceContents, DeviceFinding, Group, Person, SearchTerm
from portal.db.transaction import Database
from portal.seed import fleet
from tests.support.clock import NOON


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    schema.upgrade(f"sqlite:///{tmp_path / 'fleet.db'}")
    with Database(f"sqlite:///{tmp_path / 'fleet.db'}") as database:
        yield database


@pytest.fixture
def postgresql(postgres_url: str) -> Iterator[Database]:
    schema.upgrade(postgres_url)
    with Database(postgres_url) as database:
        yield database


def told(database: Database) -> list[object]:
    """What a fleet consists of, without what the database adds."""
    with database.read() as connection:
        devices = select(Device.serial, Device.state, Device.need, Device.problem, DeviceContents.contents_hash)
        devices = devices.outerjoin_from(Device, DeviceContents, DeviceContents.device_id == Device.id)
        return [
            connection.execute(select(Person.login, Person.search_key).order_by(Person.id)).all(),
            connection.execute(devices.order_by(Device.id)).all(),
            connection.execute(select(func.count()).select_from(Certificate)).scalar_one(),
            connection.execute(select(func.count()).select_from(DeviceFinding)).scalar_one(),
            connection.execute(select(func.count()).select_from(SearchTerm)).scalar_one(),
        ]


def test_the_same_seed_makes_the_same_fleet_on_both_databases(sqlite: Database, postgresql: Database) -> None:
    for database in (sqlite, postgresql):
        fleet.generate_fleet(database, people=120, devices=150, seed=9, now=NOON)
    assert told(sqlite) == told(postgresql)


def test_a_second_fleet_is_added_and_numbering_goes_on(postgresql: Database) -> None:
    for seed in (1, 2):
        fleet.generate_fleet(postgresql, people=10, devices=12, seed=seed, now=NOON)
    with postgresql.begin() as connection:
        assert connection.execute(select(func.max(Device.id))).scalar_one() == 24
        connection.execute(insert(Group).values(name="ещё одна"))
        values = {"serial": "next", "state": "clean", "created_at": NOON}
        assert connection.execute(insert(Device).values(values).returning(Device.id)).scalar_one() == 25


def test_indexes_built_late_are_all_there(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def indexes() -> set[str]:
        with sqlite.read() as connection:
            found = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'index'")
            return set(found.scalars())

    before = indexes()
    monkeypatch.setattr(fleet, "_MANY", 10)
    fleet.generate_fleet(sqlite, people=20, devices=20, seed=1, now=NOON)
    assert indexes() == before
