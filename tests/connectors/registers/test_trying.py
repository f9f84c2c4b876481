"""What an administrator sees when he tries a connector to a register."""

from pathlib import Path

import pytest

from portal.connectors.clock import SystemClock
from portal.connectors.opening import check
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.outcomes import Refused
from portal.ports.connectors import ConnectorValues, Trace, TraceStep
from tests.support.foreign_pki import foreign_root
from tests.support.register_stand import WHOLE, RunningRegisters, running_registers
from tests.support.waiting import PATIENCE

CLOCK = SystemClock()
CONTRACT = (ConnectorKind.REGISTER_CONTRACT, ConnectorKind.REGISTER_SECRET_NET)


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.connectors.registers.contract.opening.CHECK_WITHIN", PATIENCE)
    monkeypatch.setattr("portal.connectors.registers.indeed.opening._CHECK_WITHIN", PATIENCE)


def failed(trace: Trace) -> TraceStep:
    assert [line.ok for line in trace] == [True] * (len(trace) - 1) + [False], trace
    return trace[-1].what


@pytest.mark.usefixtures("unhurried")
class TestChecks:
    """What an administrator sees when he tries a connector."""

    def test_all_goes_well_and_nothing_is_touched(self, stand: RunningRegisters, kind: ConnectorKind) -> None:
        trace = check(stand.values(kind), CLOCK)
        assert len(trace) == 3
        assert all(line.ok for line in trace), trace
        assert stand.changes() == 0

    def test_who_is_not_let_in_learns_it(self, stand: RunningRegisters, kind: ConnectorKind) -> None:
        values = stand.values(kind)
        wrong = dict.fromkeys(values.secrets, "x" * 20)
        trace = check(ConnectorValues(kind, "r", values.plain, wrong), CLOCK)
        assert failed(trace) is TraceStep.SIGN_IN
        assert "x" * 20 not in str(trace)

    def test_a_wrong_certificate_is_told(self, stand: RunningRegisters, kind: ConnectorKind) -> None:
        values = stand.values(kind, server_trusted=foreign_root("Somebody").pem)
        assert failed(check(values, CLOCK)) is TraceStep.TLS

    def test_nobody_there_is_told(self, stand: RunningRegisters, kind: ConnectorKind) -> None:
        assert failed(check(stand.values(kind, address="https://127.0.0.1:1/x"), CLOCK)) is TraceStep.CONNECT

    @pytest.mark.parametrize("kind", CONTRACT)
    def test_one_that_is_meant_for_other_devices_is_told(self, stand: RunningRegisters, kind: ConnectorKind) -> None:
        other = CONTRACT[kind is CONTRACT[0]]
        values = stand.values(kind, address=stand.values(other).plain["address"])
        assert failed(check(values, CLOCK)) is TraceStep.CAPABILITIES
        outcome = stand.register(kind, address=values.plain["address"]).register(WHOLE)
        assert isinstance(outcome, Refused)
        assert (outcome.why.detail, outcome.permanent) == ("profile_unsupported", True)

    def test_another_server_is_told(self, stand: RunningRegisters, kind: ConnectorKind) -> None:
        trace = check(stand.values(kind, address=f"{stand.url}/nowhere"), CLOCK)
        assert failed(trace) in {TraceStep.PROTOCOL, TraceStep.SIGN_IN}


def test_a_folder_keeps_its_keys(tmp_path: Path) -> None:
    with running_registers(tmp_path) as first, running_registers(tmp_path) as second:
        assert first.stand.access == second.stand.access
