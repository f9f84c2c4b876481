"""When workstations were heard last, written down for all of them together.

Each poll and each wait leaves its time with the bell. A commit for each of them would be most of what very many
workstations cost.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, or_, select, update

from portal.db.base import UtcTime
from portal.db.models import Agent
from portal.db.queries.agents import AgentRow
from portal.db.transaction import Database
from portal.domain.agent_tasks import AgentState
from portal.ports.agent_trust import AgentBell
from portal.ports.clock import Clock

#: How far behind a row may be before it is written again.
BEHIND: Final = timedelta(seconds=30)
_BATCH: Final = 1_000

_OLD: Final = select(Agent.id, Agent.uid, Agent.last_contact).where(
    Agent.state == AgentState.ACCEPTED,
    or_(Agent.last_contact.is_(None), Agent.last_contact <= bindparam("behind", type_=UtcTime())),
)
_HEARD: Final = update(Agent).where(Agent.id == bindparam("b_id")).values(last_contact=bindparam("b_at"))


def heard(rows: Iterable[AgentRow], bell: AgentBell, now: datetime) -> tuple[AgentRow, ...]:
    """The rows with the contacts that are known by now: rows are written up to two minutes later."""
    found = list(rows)
    contacts = bell.contacts([row.uid for row in found if row.state is AgentState.ACCEPTED])
    return tuple(_heard(row, contacts.get(row.uid), now) for row in found)


def _heard(row: AgentRow, known: datetime | None, now: datetime) -> AgentRow:
    return row if known is None else replace(row, last_contact=max(min(known, now), row.last_contact or row.asked_at))


@dataclass(frozen=True, slots=True)
class AgentContacts:
    """Takes what the bell knows over into the rows."""

    database: Database
    clock: Clock
    agents: AgentBell

    def settle(self) -> int:
        """Write down who was heard since; answers how many."""
        heard = self.agents.all_contacts()
        if not heard:
            return 0
        with self.database.read() as connection:
            old = connection.execute(_OLD, {"behind": self.clock.now() - BEHIND}).all()
        news = [
            {"b_id": row.id, "b_at": heard[row.uid]}
            for row in old
            if row.uid in heard and (row.last_contact is None or heard[row.uid] - row.last_contact >= BEHIND)
        ]
        for some in (news[start : start + _BATCH] for start in range(0, len(news), _BATCH)):
            with self.database.begin() as connection:
                connection.execute(_HEARD, some)
        return len(news)
