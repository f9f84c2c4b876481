"""Whose workstations are, when a person leaves the directory."""

from datetime import datetime

from sqlalchemy import Connection, func, or_, select, update

from portal.db.models import Agent, AgentCode
from portal.domain.agent_tasks import AgentState
from portal.domain.errors import Conflict
from portal.domain.ids import PersonId


def forget_person(connection: Connection, person: PersonId, now: datetime) -> None:
    """Take his name off workstations and codes that are over.

    Raises Conflict ``person_has_workstations`` for one that is at work: without a name it would be anybody's.
    """
    at_work = Agent.state.in_((AgentState.ACCEPTED, AgentState.WAITING))
    bound = select(func.count()).select_from(Agent).where(Agent.person_id == person, at_work)
    is_open = AgentCode.used_at.is_(None) & AgentCode.withdrawn_at.is_(None) & (AgentCode.expires_at > now)
    codes = select(func.count()).select_from(AgentCode).where(AgentCode.person_id == person, is_open)
    number = connection.execute(bound).scalar_one() + connection.execute(codes).scalar_one()
    if number:
        raise Conflict("person_has_workstations", devices=str(number))
    connection.execute(update(Agent).where(Agent.person_id == person).values(person_id=None))
    over = or_(AgentCode.used_at.is_not(None), AgentCode.withdrawn_at.is_not(None), AgentCode.expires_at <= now)
    connection.execute(update(AgentCode).where(AgentCode.person_id == person, over).values(person_id=None))
