"""What of workstations needs somebody: those that ask, those that are silent, tasks nobody took."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from portal.db.base import UtcTime
from portal.db.models import IS_ACTIVE_TASK, Agent, AgentTask
from portal.db.queries.agents import SILENT_FOR_A_WEEK, silent_since
from portal.domain.agent_tasks import AgentState, AgentTaskState

#: Whoever is asked has a day to answer before somebody should know that he did not.
PATIENCE: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class AgentsOverview:
    """How many there are of each; ``accepted`` is all that may work."""

    accepted: int
    waiting: int
    silent: int
    unanswered: int


def _moment(name: str) -> BindParameter[Any]:
    return bindparam(name, type_=UtcTime())


_AGENTS: Final = select(func.count()).select_from(Agent)
_COUNTS: Final = select(
    _AGENTS.where(Agent.state == AgentState.ACCEPTED).scalar_subquery(),
    _AGENTS.where(Agent.state == AgentState.WAITING).scalar_subquery(),
    _AGENTS.where(*silent_since(_moment("silent"))).scalar_subquery(),
    select(func.count())
    .select_from(AgentTask)
    .where(IS_ACTIVE_TASK, AgentTask.state != AgentTaskState.RUNNING, AgentTask.made_at < _moment("asked"))
    .scalar_subquery(),
)


def agents_overview(connection: Connection, now: datetime) -> AgentsOverview:
    """All of it in one question."""
    since = {"silent": now - SILENT_FOR_A_WEEK, "asked": now - PATIENCE}
    return AgentsOverview(*connection.execute(_COUNTS, since).one())
