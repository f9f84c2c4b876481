"""Many workstations at once, on both databases: a code lets one in, and what is decided is decided once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from portal.connectors.agents.authority import SealedAgentAuthority
from portal.connectors.agents.order_key import OrderKey
from portal.connectors.agents.safe import Safe
from portal.connectors.vault_local import LocalVault
from portal.db.models import Agent
from portal.db.transaction import Database
from portal.domain.agent_tasks import AgentState
from portal.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from portal.domain.ids import AgentId, PersonId
from portal.ports.agent_protocol import EnrolmentRequest
from portal.services.agent_codes import AgentCodes
from portal.services.agent_enrolment import AgentEnrolment
from portal.services.agents import Agents
from tests.support.clock import FrozenClock
from tests.support.workstations import SAID, a_request


class Silent:
    """A bell nobody hears."""

    def __init__(self) -> None:
        self.out: list[str] = []

    def wake(self, *uids: str) -> None:
        raise AssertionError(uids)

    def polled(self, uid: str, serial: str) -> None:
        raise AssertionError(uid, serial)

    def shut(self, uid: str) -> None:
        self.out.append(uid)

    def contacts(self, uids: object) -> dict[str, object]:
        raise AssertionError(uids)


@pytest.fixture
def authority(tmp_path: Path, clock: FrozenClock) -> SealedAgentAuthority:
    safe = Safe(tmp_path / "agents", LocalVault(b"m" * 32))
    return SealedAgentAuthority(safe, OrderKey(safe), clock, "http://portal")


@pytest.fixture
def codes(database: Database, clock: FrozenClock, authority: SealedAgentAuthority) -> AgentCodes:
    return AgentCodes(database, clock, authority)


@pytest.fixture
def enrolment(database: Database, clock: FrozenClock, authority: SealedAgentAuthority) -> AgentEnrolment:
    return AgentEnrolment(database, clock, authority)


@pytest.fixture
def agents(database: Database, clock: FrozenClock, authority: SealedAgentAuthority) -> Agents:
    return Agents(database, clock, authority, Silent())  # type: ignore[arg-type]  # most of it is never asked


def number_of(database: Database) -> AgentId:
    with database.read() as connection:
        return AgentId(connection.execute(select(func.max(Agent.id))).scalar_one())


def test_of_many_that_come_with_one_code_one_gets_in(
    database: Database, codes: AgentCodes, enrolment: AgentEnrolment
) -> None:
    code = codes.make(by="administrator").text
    requests = [EnrolmentRequest(a_request(), SAID, code) for _ in range(4)]

    def come(request: EnrolmentRequest) -> str:
        try:
            return enrolment.enrol(request, "10.1.2.3").agent
        except Forbidden as refused:
            return refused.code

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(come, requests))
    assert told.count("agent_code_used") == 3
    with database.read() as connection:
        assert connection.execute(select(Agent.uid)).scalars().all() == [
            one for one in told if one != "agent_code_used"
        ]


def test_what_is_decided_is_decided(
    database: Database, enrolment: AgentEnrolment, agents: Agents, clock: FrozenClock
) -> None:
    enrolment.enrol(EnrolmentRequest(a_request(), SAID), "10.1.2.3")
    number = number_of(database)
    with pytest.raises(Conflict):
        agents.revoke(number, by="administrator")  # it was never in
    agents.deny(number, by="administrator")
    agents.accept(number, by="administrator")  # turned away by mistake
    with pytest.raises(Conflict):
        agents.accept(number, by="administrator")
    agents.revoke(number, by="administrator", comment="Списана")
    for decide in (agents.accept, agents.deny, agents.revoke):
        with pytest.raises(Conflict):
            decide(number, by="administrator")
    with database.read() as connection:
        row = connection.execute(select(Agent.state, Agent.decided_by, Agent.decided_at, Agent.comment)).one()
    assert tuple(row) == (AgentState.REVOKED, "administrator", clock.now(), "Списана")


def test_what_is_not_there_cannot_be_decided_about(agents: Agents, codes: AgentCodes) -> None:
    for decide in (agents.accept, agents.deny, agents.revoke):
        with pytest.raises(NotFound):
            decide(AgentId(99), by="administrator")
    with pytest.raises(NotFound):
        agents.bind(AgentId(99), None, by="administrator")
    with pytest.raises(Conflict):
        codes.withdraw(99, by="administrator")


def test_a_workstation_is_bound_to_somebody_there_is(
    database: Database, enrolment: AgentEnrolment, agents: Agents
) -> None:
    enrolment.enrol(EnrolmentRequest(a_request(), SAID), "10.1.2.3")
    with pytest.raises(NotFound):
        agents.bind(number_of(database), PersonId(99), by="administrator")
    agents.bind(number_of(database), None, by="administrator")


@pytest.mark.parametrize("hours", [0, -1, 24 * 31])
def test_a_code_lives_neither_too_long_nor_not_at_all(codes: AgentCodes, hours: int) -> None:
    with pytest.raises(InvalidInput):
        codes.make(by="administrator", life=timedelta(hours=hours))
