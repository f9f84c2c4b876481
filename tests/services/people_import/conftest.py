"""Files of people, and one person whom they are about."""

import pytest

from portal.connectors.vault_local import LocalVault
from portal.db.transaction import Database
from portal.domain.device import DeviceState
from portal.domain.ids import PersonId
from portal.services.devices import DeviceDraft, add_devices
from portal.services.people import PersonDraft, add_people
from portal.services.people_import import PeopleImports
from portal.services.people_import_work import PeopleImportWork
from tests.support.clock import NOON, FrozenClock
from tests.support.imports import Called, Desk


@pytest.fixture
def desk(database: Database, clock: FrozenClock) -> Desk:
    vault, called = LocalVault(b"k" * 32), Called()
    owner = PeopleImports(database, clock, vault, called, called)
    return Desk(owner, PeopleImportWork(database, clock, vault, called), called)


@pytest.fixture
def anna(database: Database) -> PersonId:
    attributes = {"login": "a.lee", "surname": "Ли", "given_name": "Анна", "cn": "Ли Анна", "snils": "112-233"}
    with database.begin() as connection:
        (number,) = add_people(connection, [PersonDraft(("Ключ",), attributes, groups=("Подпись",))], NOON)
        add_devices(connection, [DeviceDraft("S1", holder=number, state=DeviceState.ISSUED)], NOON)
    return number
