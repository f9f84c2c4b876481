"""The script, and exchanges that speak to it."""

from collections.abc import Iterator

import pytest

from portal.connectors.smev.direct import DirectExchange
from portal.connectors.smev.signers.sidecar import SidecarSigner
from tests.connectors.smev.direct.exchanging import exchange_of
from tests.support.smev_scripted import Script, scripted


@pytest.fixture(scope="module")
def server() -> Iterator[Script]:
    with scripted() as script:
        yield script


@pytest.fixture(params=["1.1", "1.2", "1.3"])
def number(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def exchange(server: Script, signer: SidecarSigner, number: str) -> DirectExchange:
    return exchange_of(server, signer, number)


@pytest.fixture
def newest(server: Script, signer: SidecarSigner) -> DirectExchange:
    return exchange_of(server, signer)


@pytest.fixture
def impatient(server: Script, signer: SidecarSigner) -> DirectExchange:
    """One that gives up soon."""
    return exchange_of(server, signer, patience=1)
