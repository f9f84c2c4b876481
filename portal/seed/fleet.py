"""A fleet of any size, the same for the same seed; reasons come from the rules, not from the generator."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import chain, count
from random import Random
from typing import Final

from sqlalchemy import Connection, func, insert, select

from portal.db import snapshots
from portal.db.base import Base
from portal.db.models import (
    Certificate,
    Device,
    DeviceContents,
    DeviceFinding,
    DeviceStanding,
    Group,
    Membership,
    Peculiarity,
    Person,
    Policy,
    Registration,
    SearchTerm,
)
from portal.db.standings import store_kits
from portal.db.transaction import Database
from portal.domain.people import Person as PersonValue
from portal.seed import fleet_rows, organization
from portal.seed.bulk import BulkTable, build_indexes, drop_indexes, forget_numbering, roomy_cache, settle
from portal.seed.fleet_devices import Factory, FleetDevice
from portal.seed.fleet_people import Crowd
from portal.seed.policies import no_commons, publish_all
from portal.services.people import ensure_units

#: People of one transaction; what a batch needs in memory stays small.
_BATCH: Final = 10_000
#: From here on building indexes at the end pays.
_MANY: Final = 50_000
_INDEXED_LATE: Final[tuple[type[Base], ...]] = (Certificate, SearchTerm, DeviceFinding)


def generate_fleet(database: Database, *, people: int, devices: int, seed: int, now: datetime) -> None:
    """Add so many people and devices to what is there; publishes the demonstration's policies when there are none.

    People hold devices evenly: with fewer devices than people some hold none, with more each holds several.
    """
    with database.begin() as connection:
        if not connection.execute(select(func.count()).select_from(Policy)).scalar_one():
            publish_all(connection, no_commons(), now)
        factory = Factory(Random(seed + 1), now, snapshots.assignments(connection))  # noqa: S311  no secret
        people_from, devices_from = _next(connection, Person), _next(connection, Device)
    crowd = Crowd(Random(seed))  # noqa: S311
    numbers = count(devices_from)
    with _indexes_built_late(database, late=devices >= _MANY):
        for start in range(0, people, _BATCH):
            places = range(start, min(start + _BATCH, people))
            batch = [crowd.person(people_from + place) for place in places]
            held = [devices // people + (place < devices % people) for place in places]
            made = (
                factory.device(next(numbers), person)
                for person, some in zip(batch, held, strict=True)
                for _ in range(some)
            )
            _write(database, batch, made, now)


def _write(database: Database, people: Sequence[PersonValue], made: Iterator[FleetDevice], now: datetime) -> None:
    with database.begin() as connection:
        roomy_cache(connection)
        units = ensure_units(connection, dict.fromkeys(person.container for person in people))
        groups = _groups(connection)
        people_table = BulkTable(connection, Person, fleet_rows.PERSON)
        people_table.add(fleet_rows.person_row(person, units, now) for person in people)
        memberships = BulkTable(connection, Membership, fleet_rows.MEMBERSHIP)
        memberships.add(chain.from_iterable(fleet_rows.membership_rows(person, groups) for person in people))
        devices = list(made)
        terms = chain.from_iterable(map(fleet_rows.person_terms, people))
        own = chain.from_iterable(map(fleet_rows.device_terms, devices))
        BulkTable(connection, SearchTerm, fleet_rows.TERM).add(sorted(chain(terms, own)))
        _write_devices(connection, devices)
        standings = BulkTable(connection, DeviceStanding, fleet_rows.STANDING)
        standings.add(fleet_rows.standing_values(one, units) for one in devices)
        store_kits(connection, [one.review.kit for one in devices if one.review.kit])


def _write_devices(connection: Connection, devices: Sequence[FleetDevice]) -> None:
    BulkTable(connection, Device, fleet_rows.DEVICE).add(map(fleet_rows.device_row, devices))
    parts = (
        (DeviceContents, fleet_rows.CONTENTS, fleet_rows.contents_rows),
        (Certificate, fleet_rows.CERTIFICATE, fleet_rows.certificate_rows),
        (DeviceFinding, fleet_rows.FINDING, fleet_rows.finding_values),
        (Peculiarity, fleet_rows.PECULIARITY, fleet_rows.peculiarity_values),
        (Registration, fleet_rows.REGISTRATION, fleet_rows.registration_rows),
    )
    for table, columns, rows in parts:
        BulkTable(connection, table, columns).add(chain.from_iterable(map(rows, devices)))


def _groups(connection: Connection) -> dict[str, int]:
    known = {row.name: row.id for row in connection.execute(select(Group.id, Group.name))}
    for name in (organization.VPN, organization.SIGNERS):
        if name not in known:
            known[name] = connection.execute(insert(Group).values(name=name).returning(Group.id)).scalar_one()
    return known


def _next(connection: Connection, table: type[Person | Device]) -> int:
    last: int | None = connection.execute(select(func.max(table.id))).scalar_one()
    return (last or 0) + 1


@contextmanager
def _indexes_built_late(database: Database, *, late: bool) -> Iterator[None]:
    if late:
        with database.begin() as connection:
            drop_indexes(connection, *_INDEXED_LATE)
    try:
        yield
    finally:
        with database.begin() as connection:
            if late:
                build_indexes(connection, *_INDEXED_LATE)
            forget_numbering(connection, Person, Device)
        settle(database)
