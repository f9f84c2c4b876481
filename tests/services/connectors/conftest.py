"""Connectors on a real database, their secrets in a real vault."""

import pytest

from portal.connectors.vault_local import LocalVault
from portal.connectors.x509 import X509Reader
from portal.db.transaction import Database
from portal.services.connector_watch import ConnectorWatch
from portal.services.connectors import Connectors
from tests.support.clock import FrozenClock


@pytest.fixture
def vault() -> LocalVault:
    return LocalVault(b"m" * 32)


@pytest.fixture
def connectors(database: Database, clock: FrozenClock, vault: LocalVault) -> Connectors:
    return Connectors(database, clock, vault, X509Reader(), ("main",))


@pytest.fixture
def watch(database: Database, clock: FrozenClock) -> ConnectorWatch:
    return ConnectorWatch(database, clock, lambda: 0.0)
