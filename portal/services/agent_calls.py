"""Which workstations a task may go to, so that they can be called."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from portal.db.base import AnyRow
from portal.db.models import Agent, AgentToken
from portal.domain.agent_tasks import LISTENING, AgentState

#: A serial number is seen at one place; more are told when somebody shares his tokens over the network.
AT_ONCE: Final = 20


def who_may_have(connection: Connection, task: AnyRow, now: datetime) -> tuple[str, ...]:
    """Whoever has the task, else those that see its token and may have it."""
    if task.holder_agent_id is not None:
        query = select(Agent.uid).where(Agent.id == task.holder_agent_id, Agent.state == AgentState.ACCEPTED)
        return tuple(connection.execute(query).scalars())
    sees = (AgentToken.serial == task.serial, AgentToken.present.is_(True))
    query = select(Agent.uid).join(AgentToken, AgentToken.agent_id == Agent.id).where(*sees)
    query = query.where(Agent.state == AgentState.ACCEPTED, Agent.last_contact >= now - LISTENING)
    if task.agent_id is not None:
        query = query.where(Agent.id == task.agent_id)
    return tuple(connection.execute(query.order_by(Agent.id).limit(AT_ONCE)).scalars())
