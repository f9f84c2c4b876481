"""The stand of registers, started once."""

from collections.abc import Iterator

import pytest

from portal.domain.connector_kinds import REGISTERS, ConnectorKind
from tests.support.register_stand import RunningRegisters, running_registers


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegisters]:
    with running_registers(tmp_path_factory.mktemp("stand")) as running:
        yield running


@pytest.fixture
def stand(running: RunningRegisters) -> RunningRegisters:
    running.stand.forget()
    return running


@pytest.fixture(params=sorted(REGISTERS), ids=str)
def kind(request: pytest.FixtureRequest) -> ConnectorKind:
    return ConnectorKind(request.param)
