"""A multiplied fleet is what the product would have written: rules, words, hashes and chain agree."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from portal.db import audit_chain, schema, snapshots
from portal.db.findings import finding_rows, need_columns, peculiarity_rows
from portal.db.models import (
    AuditEntry,
    AuditWord,
    Certificate,
    Device,
    DeviceContents,
    DeviceFinding,
    Peculiarity,
    Person,
    SearchTerm,
    TermKind,
    Update,
    UpdateStep,
)
from portal.db.transaction import Database
from portal.db.words import device_words, fold, person_keys, person_words
from portal.seed.fleet import generate_fleet
from portal.services.reviews import review_of
from tests.bench.copies import multiply
from tests.bench.history import live_through, write_log

NOW = datetime.now(UTC)
SMALL, TIMES = 150, 3


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    yield from grown(f"sqlite:///{tmp_path_factory.mktemp('fleet') / 'fleet.db'}")


@pytest.fixture
def postgresql(postgres_url: str) -> Iterator[Database]:
    yield from grown(postgres_url)


def grown(url: str) -> Iterator[Database]:
    schema.upgrade(url)
    with Database(url) as database:
        generate_fleet(database, people=SMALL, devices=SMALL, seed=3, now=NOW)
        live_through(database, 3)
    multiply(url, TIMES)
    with Database(url) as database:
        write_log(database)
        yield database


def test_every_device_stands_as_the_rules_say(sqlite: Database) -> None:
    agree_with_the_rules(sqlite)


def test_the_same_on_postgresql(postgresql: Database) -> None:
    agree_with_the_rules(postgresql)
    own_words_and_keys(postgresql)


def agree_with_the_rules(database: Database) -> None:
    with database.read() as connection:
        given = snapshots.assignments(connection)
        known = snapshots.devices(connection, connection.execute(select(Device.id)).scalars().all())
        assert len(known) == SMALL * TIMES
        stored = {row.id: row._mapping for row in connection.execute(select(Device.__table__))}
        hashes = {row.device_id: row.contents_hash for row in connection.execute(select(DeviceContents.__table__))}
        found = {tuple(row) for row in connection.execute(select(DeviceFinding.__table__))}
        peculiar = {tuple(row) for row in connection.execute(select(Peculiarity.__table__))}
        for number, device in known.items():
            review = review_of(device, given, NOW)
            assert {name: stored[number][name] for name in need_columns(review)} == need_columns(review)
            assert found.issuperset(tuple(row.values()) for row in finding_rows(number, review.findings))
            assert peculiar.issuperset(tuple(row.values()) for row in peculiarity_rows(number, review.peculiarities))
            seen = device.contents
            assert (seen.content_hash() if seen else None) == hashes.get(number)
            assert seen is None or seen.serial == device.serial
        tracked = sum(bool(device.tracked) for device in known.values())
        assert tracked % TIMES == 0
        assert tracked > 0


def test_people_and_devices_have_their_own_words_and_keys(sqlite: Database) -> None:
    own_words_and_keys(sqlite)


def own_words_and_keys(database: Database) -> None:
    with database.read() as connection:
        people = connection.execute(select(Person.__table__)).all()
        expected = {(TermKind.PERSON, word, person.id) for person in people for word in person_words(person.attributes)}
        for person in people:
            assert (person.search_key, person.sort_key) == person_keys(person.attributes)
            own = person.attributes
            assert (own["login"], own["email"], fold(own["login"])) == (person.login, person.email, person.login_key)
        for row in connection.execute(select(Device.id, Device.serial, Device.label)):
            expected |= {(TermKind.DEVICE, word, row.id) for word in device_words(row.serial, row.label)}
        assert {tuple(row) for row in connection.execute(select(SearchTerm.__table__))} == expected


def test_each_copy_has_certificates_of_its_own(sqlite: Database) -> None:
    with sqlite.read() as connection:
        own = select(Certificate.fingerprint).where(~Certificate.fingerprint.startswith("00000000"))
        found = connection.execute(own).scalars().all()
        assert len(found) == len(set(found))
        assert len(found) % TIMES == 0


def test_the_past_is_whole(sqlite: Database) -> None:
    with sqlite.read() as connection:
        updates = connection.execute(select(func.count()).select_from(Update)).scalar_one()
        with_steps = connection.execute(select(func.count(UpdateStep.update_id.distinct()))).scalar_one()
        report = audit_chain.verify(connection)
        words = connection.execute(select(func.count(AuditWord.entry_id.distinct()))).scalar_one()
        lines = connection.execute(select(func.count()).select_from(AuditEntry)).scalar_one()
    assert updates == with_steps == SMALL // 5 * TIMES
    assert report.whole
    assert report.checked == lines == words


def test_no_index_is_missing(sqlite: Database, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    schema.upgrade(url)
    with Database(url) as empty:
        assert indexes(sqlite) == indexes(empty)


def indexes(database: Database) -> set[tuple[str, str]]:
    with database.read() as connection:
        found = connection.exec_driver_sql("SELECT name, tbl_name FROM sqlite_master WHERE type = 'index'")
        return {(row.name, row.tbl_name) for row in found}
