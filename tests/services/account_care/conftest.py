"""A house full of accounts on SQLite, with passwords that cost little."""

import pytest
from argon2 import PasswordHasher, Type

from portal.db.transaction import Database
from portal.services import passwords
from tests.services.account_care.house import House
from tests.support.clock import FrozenClock


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a password costs is measured elsewhere."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, type=Type.ID))


@pytest.fixture
def house(database: Database, clock: FrozenClock) -> House:
    return House(database, clock)
