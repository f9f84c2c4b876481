"""The standard adapter, played by a script."""

from collections.abc import Iterator

import pytest

from portal.connectors.smev.adapter import AdapterExchange
from portal.connectors.smev.http import Endpoint
from tests.connectors.smev.adapter.built import WHO
from tests.support.smev_scripted import Script, scripted


@pytest.fixture(scope="module")
def server() -> Iterator[Script]:
    with scripted() as script:
        yield script


@pytest.fixture
def exchange(server: Script) -> AdapterExchange:
    return AdapterExchange(Endpoint(server.url, answer_timeout=120), WHO)
