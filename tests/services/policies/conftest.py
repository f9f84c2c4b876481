"""The services of policies in each database."""

import pytest

from portal.db.transaction import Database
from tests.services.policies.policy_desk import Desk
from tests.support.clock import FrozenClock


@pytest.fixture
def desk(database: Database, clock: FrozenClock) -> Desk:
    return Desk(database, clock)
