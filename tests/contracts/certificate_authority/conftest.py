"""Each authority there is, and each of ours."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.connectors.x509 import X509Reader
from portal.ports.certificate_authority import (
    CertificateAuthority,
)
from tests.contracts.certificate_authority.worlds import (
    INSIDE,
    OUTSIDE,
    World,
    built_in,
    model_order,
    real_order,
)
from tests.fakes.authority import FakeAuthority
from tests.fakes.reader import ModelReader
from tests.support.clock import FrozenClock
from tests.support.cmp_peer import CmpPeer, a_cmp_peer
from tests.support.est_peer import EstPeer, an_est_peer


@pytest.fixture
def est_peer(tmp_path: Path, empty_file: Path) -> Iterator[EstPeer]:
    with an_est_peer(tmp_path, empty_file) as peer:
        yield peer


@pytest.fixture
def cmp_peer(tmp_path: Path, empty_file: Path) -> Iterator[CmpPeer]:
    with a_cmp_peer(tmp_path, empty_file) as peer:
        yield peer


@pytest.fixture(params=[*INSIDE, *OUTSIDE])
def world(request: pytest.FixtureRequest, clock: FrozenClock) -> World:
    """Each authority there is."""
    if request.param in OUTSIDE:
        return OUTSIDE[request.param](request)
    if request.param == "fake":
        return World(FakeAuthority(clock), ModelReader(), model_order, clock)
    return World(built_in(request, request.param), X509Reader(), real_order, clock)


@pytest.fixture(params=["sqlite", "postgresql"])
def ca(request: pytest.FixtureRequest) -> CertificateAuthority:
    """Each authority whose certificates are real."""
    return built_in(request, request.param)
