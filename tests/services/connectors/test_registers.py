"""Registers of devices by kind: connected ones are opened once and watched, and there is one of a kind."""

from dataclasses import dataclass, field, replace

import pytest
from sqlalchemy import insert

from portal.connectors.registers.configured import ConfiguredRegisters
from portal.connectors.vault_local import LocalVault
from portal.db.models import Registration
from portal.db.queries.connectors import connector_rows
from portal.db.transaction import Database
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.errors import Conflict, InvalidInput
from portal.domain.ids import ConnectorId, PolicyId
from portal.domain.outcomes import Absent, Done, Outcome, Refused, Unknown, Waiting, WaitingFor
from portal.domain.policy import DeviceUsagePolicy, Register
from portal.domain.troubles import Trouble, why
from portal.ports.connectors import ConnectorValues
from portal.ports.device_register import RegisterOrder
from portal.services.connected_registers import ConnectedRegisters
from portal.services.connector_watch import ConnectorWatch
from portal.services.connectors import ConnectorDraft, Connectors
from portal.services.devices import DeviceDraft, add_devices
from portal.services.policies import publish
from tests.fakes.register import FakeRegister
from tests.support.clock import FrozenClock

ORDER = RegisterOrder("o1", "0a1b", "elkina")
DOWN = Refused(why(Trouble.REGISTER_UNAVAILABLE, "no route"), permanent=False)
TYPED = {"address": "https://sns.example/worker", "client": "klyuchnik", "secret": "s" * 32}
PAUSED = why(Trouble.CONNECTOR_PAUSED, connector="sns")


def a_draft(name: str = "sns", kind: ConnectorKind = ConnectorKind.REGISTER_SECRET_NET, **typed: str) -> ConnectorDraft:
    return ConnectorDraft(kind, name, TYPED | typed)


@dataclass
class Far(FakeRegister):
    """One at the end of the line: ``answer`` comes instead of its own."""

    answer: Refused | Waiting | None = None
    calls: int = 0

    def register(self, order: RegisterOrder) -> Outcome[str]:
        self.calls += 1
        return self.answer or super().register(order)


@dataclass
class Rig:
    """Everything around one connector to a register."""

    registers: ConnectedRegisters
    connectors: Connectors
    watch: ConnectorWatch
    number: ConnectorId
    far: Far = field(default_factory=Far)
    opened: list[ConnectorValues] = field(default_factory=list)

    def opens(self, values: ConnectorValues) -> Far:
        self.opened.append(values)
        return self.far

    def register(self) -> Outcome[str]:
        found = self.registers.get(Register.SECRET_NET)
        assert found
        return found.register(ORDER)

    def failures(self) -> int:
        row = self.watch.row(self.number)
        assert row
        return row.health.failures


@pytest.fixture
def rig(database: Database, vault: LocalVault, connectors: Connectors, watch: ConnectorWatch) -> Rig:
    own = ConfiguredRegisters({Register.CONTRACT: FakeRegister()})
    registers = ConnectedRegisters(own, database, vault, watch, lambda _values: FakeRegister())
    made = Rig(registers, connectors, watch, connectors.add(a_draft(), actor="admin"))
    registers.opens = made.opens
    return made


def test_there_is_one_of_a_kind(rig: Rig, database: Database) -> None:
    with pytest.raises(InvalidInput) as error:
        rig.connectors.add(a_draft("another"), actor="admin")
    assert error.value.fields == {"name": "register_kind_taken"}
    with pytest.raises(InvalidInput) as error:
        rig.connectors.add(a_draft(kind=ConnectorKind.REGISTER_CONTRACT), actor="admin")
    assert error.value.fields == {"name": "connector_name_taken"}
    rig.connectors.add(a_draft("any", ConnectorKind.REGISTER_CONTRACT), actor="admin")
    with database.read() as connection:
        assert [one.name for one in connector_rows(connection)] == ["any", "sns"]


class TestOne:
    """What is special about a database lies in the test above."""

    pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

    def test_it_is_found_by_kind_and_opened_once_for_each_change(self, rig: Rig) -> None:
        assert rig.registers.get(Register.ACCESS_MANAGER) is None
        assert rig.registers.get(Register.CONTRACT) is rig.registers.own.get(Register.CONTRACT)
        assert rig.registers.configured() == {Register.CONTRACT, Register.SECRET_NET}
        assert rig.registers.get(Register.SECRET_NET) is rig.registers.get(Register.SECRET_NET)
        rig.connectors.change(rig.number, a_draft(domain="KEY"), version=1, actor="admin")
        assert isinstance(rig.register(), Done)
        assert [one.plain["domain"] for one in rig.opened] == ["", "KEY"]
        assert rig.opened[0].secrets == {"secret": "s" * 32}

    def test_nobody_calls_out_through_a_paused_one(self, rig: Rig) -> None:
        rig.connectors.pause(rig.number, actor="admin")
        found = rig.registers.get(Register.SECRET_NET)
        assert found
        refused = Refused(PAUSED, permanent=False)
        for call in (found.register, found.withdraw, found.suspend, found.resume):
            assert call(ORDER) == refused
        assert found.known("0a1b") == found.active("0a1b") == Unknown(PAUSED, WaitingFor.RETRY)
        assert rig.far.calls == 0

    def test_one_that_is_down_is_asked_less_and_less(self, rig: Rig, clock: FrozenClock) -> None:
        rig.far.answer = DOWN
        assert rig.register() == DOWN
        assert rig.register() == DOWN
        assert (rig.far.calls, rig.failures()) == (1, 1)
        rig.far.answer = None
        clock.advance(seconds=2)
        assert isinstance(rig.register(), Done)
        assert (rig.far.calls, rig.failures()) == (2, 0)
        found = rig.registers.get(Register.SECRET_NET)
        assert found
        assert found.known("77") == Absent()
        assert [type(call(ORDER)) for call in (found.suspend, found.resume, found.withdraw)] == [Done] * 3

    def test_one_that_takes_its_time_or_refuses_has_answered(self, rig: Rig) -> None:
        waiting = Waiting(WaitingFor.RETRY, DOWN.why, ticket="7")
        for answer in (waiting, replace(DOWN, permanent=True)):
            rig.far.answer = answer
            assert rig.register() == answer
        assert (rig.failures(), rig.far.calls) == (0, 2)

    def test_one_that_cannot_be_opened_is_for_later(self, rig: Rig) -> None:
        rig.registers.vault = LocalVault(b"x" * 32)
        found = rig.registers.get(Register.SECRET_NET)
        assert found
        outcome, effect = found.withdraw(ORDER), found.known("0a1b")
        assert isinstance(outcome, Refused)
        assert (outcome.why.detail, outcome.permanent) == ("settings of sns", False)
        assert isinstance(effect, Unknown)

    def test_what_a_policy_names_stays(self, rig: Rig, database: Database, clock: FrozenClock) -> None:
        policy = DeviceUsagePolicy(PolicyId(0), 0, "Рабочие места", (), registers=frozenset({Register.SECRET_NET}))
        with database.begin() as connection:
            publish(connection, policy, actor="admin", now=clock.now())
        assert _kept_because(rig) == "policy"
        with database.read() as connection:
            [row] = connector_rows(connection)
        assert [use.name for use in row.policies] == ["Рабочие места"]

    def test_what_knows_a_device_stays(self, rig: Rig, database: Database, clock: FrozenClock) -> None:
        with database.begin() as connection:
            [device] = add_devices(connection, [DeviceDraft("0123")], clock.now())
            known = {"device_id": device, "register": Register.SECRET_NET, "registered_at": clock.now()}
            connection.execute(insert(Registration).values(**known))
        assert _kept_because(rig) == "devices"


def _kept_because(rig: Rig) -> str:
    with pytest.raises(Conflict) as error:
        rig.connectors.remove(rig.number, actor="admin")
    return str(error.value.data["by"])
