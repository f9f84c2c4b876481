"""An office in each database."""

import pytest

from portal.db.transaction import Database
from tests.support.office import Office


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)
