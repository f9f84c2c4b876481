"""An office whose token is far away, in each database."""

import pytest

from portal.db.transaction import Database
from tests.support.agents import RemoteOffice, Workstation


@pytest.fixture
def office(database: Database) -> RemoteOffice:
    return RemoteOffice(database)


@pytest.fixture
def desk(office: RemoteOffice) -> Workstation:
    """A workstation with the token of the office's device in it."""
    return office.workstation("desk", None, office.token)
