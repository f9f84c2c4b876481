"""What is forgotten of workstations after a while: ended tasks with their orders, one-time codes, tokens seen long ago.

The audit log tells for good who ordered what and what became of it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, delete, select, tuple_

from portal.db.models import AgentCode, AgentOrder, AgentTask, AgentToken
from portal.db.transaction import Database
from portal.ports.clock import Clock

#: Rows of a kind that go in one transaction: nobody else waits long for his turn to write.
AT_ONCE: Final = 500
#: Rounds of one turn; what is left then is the next turn's.
ROUNDS: Final = 100

_TASKS: Final = select(AgentTask.id).order_by(AgentTask.ended_at).limit(AT_ONCE)
_TOKENS: Final = select(AgentToken.agent_id, AgentToken.serial).where(AgentToken.present.is_(False)).limit(AT_ONCE)


@dataclass(frozen=True, slots=True)
class AgentHistory:
    """Keeps it for ``kept``."""

    database: Database
    clock: Clock
    kept: timedelta

    def forget_old(self) -> int:
        """Delete what is older; answers how many rows of it there were, orders not counted."""
        limit, gone = self.clock.now() - self.kept, 0
        for forget in (_tasks, _codes, _tokens):
            for _ in range(ROUNDS):
                with self.database.begin() as connection:
                    done = forget(connection, limit)
                gone += done
                if done < AT_ONCE:
                    break
        return gone


def _tasks(connection: Connection, limit: datetime) -> int:
    numbers = list(connection.execute(_TASKS.where(AgentTask.ended_at < limit)).scalars())
    if numbers:
        connection.execute(delete(AgentOrder).where(AgentOrder.task_id.in_(numbers)))
        connection.execute(delete(AgentTask).where(AgentTask.id.in_(numbers)))
    return len(numbers)


def _codes(connection: Connection, limit: datetime) -> int:
    # by its end of life, whatever came before that: a code lives a week at most
    query = select(AgentCode.id).where(AgentCode.expires_at < limit).limit(AT_ONCE)
    numbers = list(connection.execute(query).scalars())
    if numbers:
        connection.execute(delete(AgentCode).where(AgentCode.id.in_(numbers)))
    return len(numbers)


def _tokens(connection: Connection, limit: datetime) -> int:
    found: list[Any] = [tuple(row) for row in connection.execute(_TOKENS.where(AgentToken.seen_at < limit))]
    if found:
        connection.execute(delete(AgentToken).where(tuple_(AgentToken.agent_id, AgentToken.serial).in_(found)))
    return len(found)
