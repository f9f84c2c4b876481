"""What every register of devices promises."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.connectors.registers.configured import ConfiguredRegisters
from portal.connectors.registers.ledger import DeviceLedger
from portal.domain.connector_kinds import REGISTERS, ConnectorKind
from portal.domain.outcomes import Absent, Done, Happened, Outcome, Refused, Unknown, WaitingFor
from portal.domain.policy import Register
from portal.domain.troubles import Trouble
from portal.ports.device_register import DeviceRegister, RegisterOrder
from tests.fakes.register import FakeRegister
from tests.support.clock import FrozenClock
from tests.support.register_stand import RunningRegisters, running_registers

ONE = RegisterOrder("o1", "0a1b", "elkina")
OTHER = RegisterOrder("o2", "ffff", "ivanov")


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegisters]:
    """One stand plays all of them."""
    with running_registers(tmp_path_factory.mktemp("stand")) as running:
        yield running


@pytest.fixture(params=["ledger", "fake", *map(str, REGISTERS)])
def register(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FrozenClock, stand: RunningRegisters
) -> DeviceRegister:
    """Each register there is."""
    if request.param == "fake":
        return FakeRegister()
    if request.param == "ledger":
        return DeviceLedger(tmp_path / "register.db", clock)
    stand.stand.forget()
    return stand.register(ConnectorKind(request.param))


def done(outcome: Outcome[str]) -> str:
    assert isinstance(outcome, Done), outcome
    return outcome.reply


def test_it_knows_what_was_registered_and_nothing_else(register: DeviceRegister) -> None:
    assert register.known(ONE.serial) == Absent()
    number = done(register.register(ONE))
    assert register.known(ONE.serial) == Happened(number)
    assert register.known(OTHER.serial) == Absent()


def test_registering_again_is_done_and_changes_nothing(register: DeviceRegister) -> None:
    number = done(register.register(ONE))
    assert done(register.register(ONE)) == number
    assert done(register.register(RegisterOrder("later", ONE.serial, ONE.login))) == number
    assert register.known(ONE.serial) == Happened(number)


def test_withdrawn_is_unknown(register: DeviceRegister) -> None:
    done(register.register(ONE))
    done(register.register(OTHER))
    done(register.withdraw(ONE))
    assert register.known(ONE.serial) == Absent()
    assert isinstance(register.known(OTHER.serial), Happened)


def test_withdrawing_what_is_not_known_is_done(register: DeviceRegister) -> None:
    done(register.withdraw(ONE))
    done(register.withdraw(ONE))
    assert register.known(ONE.serial) == Absent()


def test_what_was_withdrawn_can_come_back(register: DeviceRegister) -> None:
    done(register.register(ONE))
    done(register.withdraw(ONE))
    number = done(register.register(ONE))
    assert register.known(ONE.serial) == Happened(number)


def test_a_suspended_device_is_known_but_not_active(register: DeviceRegister) -> None:
    number = done(register.register(ONE))
    done(register.register(OTHER))
    for _again in range(2):
        done(register.suspend(ONE))
        assert (register.known(ONE.serial), register.active(ONE.serial)) == (Happened(number), Absent())
    assert isinstance(register.active(OTHER.serial), Happened)
    for _again in range(2):
        done(register.resume(ONE))
        assert register.active(ONE.serial) == Happened(number)


def test_suspending_and_resuming_what_is_not_known_is_done(register: DeviceRegister) -> None:
    done(register.suspend(ONE))
    done(register.resume(ONE))
    assert (register.known(ONE.serial), register.active(ONE.serial)) == (Absent(), Absent())


def test_a_suspended_device_that_comes_back_is_active(register: DeviceRegister) -> None:
    done(register.register(ONE))
    done(register.suspend(ONE))
    done(register.withdraw(ONE))
    number = done(register.register(ONE))
    assert register.active(ONE.serial) == Happened(number)


class TestLedger:
    """What only a file can get wrong."""

    def test_another_process_knows_it_too(self, tmp_path: Path, clock: FrozenClock) -> None:
        number = done(DeviceLedger(tmp_path / "register.db", clock).register(ONE))
        assert DeviceLedger(tmp_path / "register.db", clock).known(ONE.serial) == Happened(number)

    def test_each_change_is_written_once(self, tmp_path: Path, clock: FrozenClock) -> None:
        ledger = DeviceLedger(tmp_path / "register.db", clock)
        for call in (ledger.register, ledger.register, ledger.withdraw, ledger.withdraw):
            done(call(ONE))
        with sqlite3.connect(tmp_path / "register.db") as rows:
            assert rows.execute("SELECT call, serial FROM calls").fetchall() == [
                ("register", ONE.serial),
                ("withdraw", ONE.serial),
            ]

    def test_a_new_holder_keeps_the_registers_own_id(self, tmp_path: Path, clock: FrozenClock) -> None:
        ledger = DeviceLedger(tmp_path / "register.db", clock)
        number = done(ledger.register(ONE))
        assert done(ledger.register(RegisterOrder("o3", ONE.serial, "ivanov"))) == number

    def test_a_ledger_that_cannot_be_opened_is_for_later(self, tmp_path: Path, clock: FrozenClock) -> None:
        (tmp_path / "file").write_text("")
        ledger = DeviceLedger(tmp_path / "file" / "register.db", clock)
        outcome = ledger.register(ONE)
        assert isinstance(outcome, Refused)
        assert not outcome.permanent
        assert outcome.why.trouble is Trouble.REGISTER_UNAVAILABLE
        effect = ledger.known(ONE.serial)
        assert isinstance(effect, Unknown)
        assert effect.whom is WaitingFor.RETRY


def test_only_configured_registers_are_had(tmp_path: Path, clock: FrozenClock) -> None:
    ledger = DeviceLedger(tmp_path / "register.db", clock)
    registers = ConfiguredRegisters({Register.SECRET_NET: ledger})
    assert registers.get(Register.SECRET_NET) is ledger
    assert registers.get(Register.ACCESS_MANAGER) is None
