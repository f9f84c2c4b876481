"""The fake and the PKCS#11 connector, asked alike."""

from collections.abc import Iterator

import pytest

from portal.connectors.token.desk import Pkcs11Desk
from portal.connectors.x509 import X509Reader
from portal.ports.token import TokenGateway
from tests.contracts.token_gateway.rigs import Rig, fake_rig
from tests.support.faults import fault_module
from tests.support.native import Compiler
from tests.support.tokens import SoftHsm


@pytest.fixture(params=["fake", "softhsm", "counting"])
def rig(request: pytest.FixtureRequest, hsm: SoftHsm, compiler: Compiler, monkeypatch: pytest.MonkeyPatch) -> Rig:
    if request.param == "fake":
        return fake_rig()
    serial, other = hsm.init_token("first"), hsm.init_token("second")
    hsm.pull(other)
    if request.param == "softhsm":
        return Rig(Pkcs11Desk([hsm.module], X509Reader()), serial, other, hsm.pull, hsm.plug)
    faults = fault_module(compiler, hsm, monkeypatch)
    desk = Pkcs11Desk([faults.module], X509Reader())
    return Rig(desk, serial, other, hsm.pull, hsm.plug, faults.wrong_pins)


@pytest.fixture
def gateway(rig: Rig) -> Iterator[TokenGateway]:
    with rig.open() as opened:
        yield opened
