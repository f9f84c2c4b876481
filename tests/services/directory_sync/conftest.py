"""Four people whom a directory outside tells of."""

import pytest

from portal.services.device_life import DeviceLife
from tests.support.directories import Follower, entry
from tests.support.life import Calls
from tests.support.office import Office


@pytest.fixture
def here(office: Office) -> Follower:
    life = DeviceLife(office.database, office.clock, office.bell, Calls())
    made = Follower(office.database, office.clock, life)
    made.source.put(*(entry(login, "Продажи") for login in ("anna", "boris", "vera", "gleb")))
    return made
