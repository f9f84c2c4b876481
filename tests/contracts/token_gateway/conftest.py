"""The fake, the PKCS#11 connector and the gateway to a workstation, asked alike.

A workstation is asked what ``EVERYWHERE`` marks: PINs and tokens that are away are its own affair.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.connectors.token.desk import Pkcs11Desk
from portal.connectors.x509 import X509Reader
from portal.ports.token import TokenGateway
from tests.contracts.token_gateway.far import far_rig
from tests.contracts.token_gateway.rigs import Rig, fake_rig
from tests.support.databases import sqlite_database
from tests.support.faults import fault_module
from tests.support.native import Compiler
from tests.support.tokens import SoftHsm


@pytest.fixture(params=["fake", "softhsm", "counting"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    if request.param == "fake":
        yield fake_rig()
    elif request.param in {"far", "far_cut"}:
        folder, empty = request.getfixturevalue("tmp_path"), request.getfixturevalue("empty_file")
        yield from _far(folder, empty, cut=request.param == "far_cut")
    else:
        wants = [request.getfixturevalue(name) for name in ("hsm", "compiler", "monkeypatch")]
        yield _soft(request.param, *wants)


def _far(folder: Path, empty: Path, *, cut: bool) -> Iterator[Rig]:
    with sqlite_database(folder, empty) as database:
        yield far_rig(database, cut=cut)


def _soft(kind: str, hsm: SoftHsm, compiler: Compiler, monkeypatch: pytest.MonkeyPatch) -> Rig:
    serial, other = hsm.init_token("first"), hsm.init_token("second")
    hsm.pull(other)
    if kind == "softhsm":
        return Rig(Pkcs11Desk([hsm.module], X509Reader()), serial, other, hsm.pull, hsm.plug)
    faults = fault_module(compiler, hsm, monkeypatch)
    desk = Pkcs11Desk([faults.module], X509Reader())
    return Rig(desk, serial, other, hsm.pull, hsm.plug, faults.wrong_pins)


@pytest.fixture
def gateway(rig: Rig) -> Iterator[TokenGateway]:
    with rig.open() as opened:
        yield opened
