"""A house full of accounts."""

import pytest

from portal.db.transaction import Database
from tests.services.account_care.house import House
from tests.support.clock import FrozenClock


@pytest.fixture
def house(database: Database, clock: FrozenClock) -> House:
    return House(database, clock)
