"""One stand for all tests here; each begins with a clean slate."""

from collections.abc import Iterator

import pytest

from portal.connectors.smev.signers.sidecar import SidecarSigner
from tests.support.smev_stand import RunningStand, running_stand
from tests.support.smev_talk import CLAIM


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStand]:
    with running_stand(tmp_path_factory.mktemp("stand")) as stand:
        stand.knows(CLAIM)
        yield stand


@pytest.fixture(scope="session")
def signer(running: RunningStand) -> Iterator[SidecarSigner]:
    with running.signing() as client:
        yield client


@pytest.fixture
def stand(running: RunningStand) -> RunningStand:
    running.forget()
    return running
