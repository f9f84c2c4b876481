"""What is to be seen of people and devices after a directory was followed."""

from datetime import timedelta

from sqlalchemy import select, update

from portal.db.models import Device, Group, Membership, Person, Unit
from portal.db.transaction import Database
from portal.domain.device import DeviceState
from portal.domain.ids import PersonId
from portal.services.devices import DeviceDraft, add_devices
from tests.support.clock import NOON


def person(database: Database, login: str) -> tuple[int, bool, tuple[str, ...], dict[str, str]]:
    query = select(Person.id, Person.active, Unit.path, Person.attributes).join(Unit, Unit.id == Person.unit_id)
    with database.read() as connection:
        row = connection.execute(query.where(Person.login == login)).one()
    return row.id, row.active, tuple(row.path), row.attributes


def a_device(database: Database, login: str, serial: str) -> None:
    holder = PersonId(person(database, login)[0])
    with database.begin() as connection:
        add_devices(connection, [DeviceDraft(serial, holder=holder, state=DeviceState.ISSUED)], NOON)
        connection.execute(update(Device).values(next_check_at=NOON + timedelta(days=9)))


def device(database: Database, serial: str) -> tuple[DeviceState, bool]:
    """Its state, and whether the monitor looks at it now."""
    with database.read() as connection:
        row = connection.execute(select(Device.state, Device.next_check_at).where(Device.serial == serial)).one()
    return row.state, row.next_check_at < NOON + timedelta(days=9)


def groups_of(database: Database, login: str) -> set[str]:
    query = select(Group.name).join(Membership, Membership.group_id == Group.id)
    with database.read() as connection:
        own = query.join(Person, Person.id == Membership.person_id).where(Person.login == login)
        return set(connection.execute(own).scalars())
