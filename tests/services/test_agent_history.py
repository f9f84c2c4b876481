"""What is old of workstations is forgotten; what is young, or still under way, stays."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from portal.db.models import AgentCode, AgentOrder, AgentTask, AgentToken
from portal.db.transaction import Database
from portal.domain.update_state import UpdateStatus
from portal.services import agent_history
from portal.services.agent_history import AgentHistory
from tests.fakes.sim_token import SimToken
from tests.support.agents import RemoteOffice, Workstation
from tests.support.office import PIN

KEPT = timedelta(days=30)


@pytest.fixture
def office(database: Database) -> RemoteOffice:
    return RemoteOffice(database)


@pytest.fixture
def desk(office: RemoteOffice) -> Workstation:
    return office.workstation("desk", None, office.token)


def left(office: RemoteOffice, *tables: Any) -> list[int]:
    with office.database.read() as connection:
        return [connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]


def forgotten(office: RemoteOffice) -> int:
    return AgentHistory(office.database, office.clock, KEPT).forget_old()


def test_an_ended_task_goes_with_its_orders_when_its_time_is_over(office: RemoteOffice, desk: Workstation) -> None:
    number = office.order_remote()
    assert office.carry(number, desk) is UpdateStatus.COMPLETED
    orders = left(office, AgentOrder)[0]
    assert orders > 1
    office.clock.advance(days=KEPT.days)
    assert forgotten(office) == 0
    assert left(office, AgentTask, AgentOrder) == [1, orders]
    office.clock.advance(seconds=60)
    assert forgotten(office) == 1
    assert left(office, AgentTask, AgentOrder) == [0, 0]
    assert office.row(number).status is UpdateStatus.COMPLETED, "the update itself stays"


def test_a_task_under_way_stays_however_old_it_is(office: RemoteOffice, desk: Workstation) -> None:
    office.order_remote()
    office.work()
    assert desk.poll().offers
    office.clock.advance(days=KEPT.days * 2)
    assert forgotten(office) == 0
    assert left(office, AgentTask)[0] == 1


def test_codes_and_tokens_of_the_past_go_a_few_at_a_time(
    office: RemoteOffice, desk: Workstation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent_history, "AT_ONCE", 2)
    desk.tokens.append(SimToken("pulled", PIN))
    desk.poll()
    desk.tokens.pop()
    desk.poll()
    with office.database.begin() as connection:
        for day in range(5):
            made = {"code_hash": f"{day:064}", "made_by": "administrator", "made_at": office.now}
            connection.execute(insert(AgentCode).values(**made, expires_at=office.now + timedelta(days=day)))
    office.clock.advance(days=KEPT.days + 3)
    assert forgotten(office) == 3 + 1
    assert left(office, AgentCode, AgentToken) == [2, 1], "what was not yet over so long, and what is plugged in, stay"
