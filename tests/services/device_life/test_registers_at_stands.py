"""Every connector of a register in a device's life, against the strict stand of its product."""

from collections.abc import Iterator

import pytest

from portal.domain.connector_kinds import REGISTERS, ConnectorKind
from portal.domain.findings import Finding, UpdateReason, need_bits
from portal.domain.outcomes import Absent, Happened
from portal.domain.update_state import UpdateStatus
from tests.support.office import SERIAL, Office
from tests.support.register_bureau import Bureau
from tests.support.register_stand import RunningRegisters, running_registers

SWITCHED = need_bits([Finding(UpdateReason.CONNECTOR_SWITCHED, "")])
KINDS = pytest.mark.parametrize("kind", sorted(REGISTERS), ids=str)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegisters]:
    with running_registers(tmp_path_factory.mktemp("stand")) as running:
        yield running


@pytest.fixture
def stand(running: RunningRegisters) -> RunningRegisters:
    running.stand.forget()
    return running


def at(stand: RunningRegisters, office: Office, kind: ConnectorKind) -> Bureau:
    return Bureau(office, REGISTERS[kind], stand.register(kind))


@KINDS
def test_switched_on_disabled_enabled_switched_off_and_revoked(
    office: Office, stand: RunningRegisters, kind: ConnectorKind
) -> None:
    bureau, register = at(stand, office, kind), stand.register(kind)
    assert office.device_row().need & SWITCHED, "a switch in the policy is a reason for an update"
    assert bureau.update() is UpdateStatus.COMPLETED
    assert (stand.devices(), office.device_row().need) == ([SERIAL], 0)
    bureau.life.disable(bureau.device, actor="operator")
    bureau.sweep()
    assert isinstance(register.known(SERIAL), Happened)
    assert register.active(SERIAL) == Absent()
    bureau.life.enable(bureau.device, actor="operator")
    bureau.sweep()
    assert isinstance(register.active(SERIAL), Happened)
    bureau.switch(on=False)
    assert bureau.update() is UpdateStatus.COMPLETED
    assert stand.devices() == []
    bureau.switch(on=True)
    assert bureau.update() is UpdateStatus.COMPLETED
    bureau.revoke()
    bureau.sweep()
    assert (stand.devices(), bureau.result()) == ([], ("withdraw", "done"))


@KINDS
def test_a_stand_that_is_down_for_an_hour_is_told_without_the_token(
    office: Office, stand: RunningRegisters, kind: ConnectorKind
) -> None:
    bureau = at(stand, office, kind)
    stand.stand.mischief.arm("down", times=0)
    assert bureau.update() is UpdateStatus.COMPLETED
    office.token.plugged = False
    office.watch.tokens.clear()
    issued = len(office.ca.ledger)
    for _minutes in range(6):
        bureau.sweep(minutes=10)
    assert (stand.devices(), bureau.result()) == ([], ("register", "pending"))
    assert (office.device_row().need, bureau.planned()) == (0, False)
    stand.stand.mischief.put_right()
    bureau.sweep(minutes=10)
    assert (stand.devices(), bureau.result(), bureau.owed()) == ([SERIAL], ("register", "done"), False)
    assert (len(office.ca.ledger), stand.changes()) == (issued, 1)
    stand.stand.mischief.arm("down", times=0)
    bureau.revoke()
    bureau.sweep(minutes=10)
    assert stand.devices() == [SERIAL]
    stand.stand.mischief.put_right()
    bureau.sweep(minutes=10)
    assert (stand.devices(), bureau.result()) == ([], ("withdraw", "done"))
