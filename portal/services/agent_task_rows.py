"""A task as it changes hands: taken, kept, given back, ended. Each function works in the caller's transaction."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, select, update

from portal.db.base import AnyRow
from portal.db.models import AgentOrder, AgentTask
from portal.domain.agent_tasks import AgentOrderState, AgentTaskState
from portal.domain.audit import AuditTag
from portal.domain.ids import UpdateId
from portal.domain.update_state import UpdateStatus
from portal.services.agent_order_rows import forget_keys, open_again, outstanding, withdraw_outstanding
from portal.services.agents import KnownAgent
from portal.services.audit import record
from portal.services.bell import Bell, Ring
from portal.services.update_requests import wake

#: How long a workstation that has a task may be silent before another may have it. No list outlives it.
LEASE: Final = timedelta(seconds=90)
#: Why a task ended otherwise than its update says.
EXPIRED: Final = "expired"

_ENDS: Final = {
    UpdateStatus.COMPLETED: AgentTaskState.DONE,
    UpdateStatus.FAILED: AgentTaskState.FAILED,
    UpdateStatus.CANCELLED: AgentTaskState.CANCELLED,
}


def held(connection: Connection, uid: str) -> AnyRow | None:
    """The task's row; nobody else changes it or its orders before this transaction ends."""
    query = select(AgentTask.__table__).where(AgentTask.uid == uid)
    return connection.execute(query.with_for_update(of=AgentTask, key_share=True)).one_or_none()


def take(connection: Connection, task: AnyRow, agent: KnownAgent, now: datetime) -> None:
    """The workstation has the task from now on."""
    had = select(AgentOrder.handed_to).where(AgentOrder.task_id == task.id, AgentOrder.handed_to.is_not(None))
    before = connection.execute(had.order_by(AgentOrder.handed_at.desc()).limit(1)).scalar_one_or_none()
    mine = {"holder_agent_id": agent.id, "lease_until": now + LEASE, "last_contact": now}
    counted = {"epoch": task.epoch + 1, "attempts": task.attempts + 1}
    change(connection, task, state=AgentTaskState.RUNNING, postponed_until=None, **mine, **counted)
    tell(connection, AuditTag.AGENT_TASK_ACCEPTED, task, agent, now=now)
    if before not in {None, agent.id}:
        tell(connection, AuditTag.AGENT_TASK_HANDED_OVER, task, agent, now=now)


def keep(connection: Connection, task: AnyRow, agent: KnownAgent, now: datetime) -> None:
    """The workstation that has the task is there; one it had before comes back to it."""
    mine = {"holder_agent_id": agent.id, "lease_until": now + LEASE, "last_contact": now}
    change(connection, task, state=AgentTaskState.RUNNING, **mine)


def give_back(connection: Connection, task: AnyRow, now: datetime) -> None:
    """Nobody has the task any more: what was handed out is in doubt, and what its holder says later is of the past."""
    orders = outstanding(connection, task.id)
    for order in orders:
        if order.state is AgentOrderState.HANDED:
            open_again(connection, order, orders[-1].seq, now=now)
    values = {"holder_agent_id": None, "lease_until": None, "epoch": task.epoch + 1}
    change(connection, task, state=AgentTaskState.WAITS_FOR_DEVICE, **values)


def end(connection: Connection, task: AnyRow, status: UpdateStatus, now: datetime) -> AgentTaskState:
    """The task ends as its update did."""
    expired = status is UpdateStatus.CANCELLED and task.why == EXPIRED
    state = AgentTaskState.EXPIRED if expired else _ENDS[status]
    withdraw_outstanding(connection, task.id, now)
    forget_keys(connection, task.id)
    change(connection, task, state=state, ended_at=now, lease_until=None)
    return state


def call_run(connection: Connection, bell: Bell, number: UpdateId, now: datetime) -> Ring:
    """The run has something to look at.

    The bell first: a worker that is about to park waits for its row, and then sees that it was called.
    """
    ring = bell.post(connection, number, now)
    wake(connection, number, now)
    return ring


def change(connection: Connection, task: AnyRow, **values: Any) -> None:
    """Set columns of one task."""
    connection.execute(update(AgentTask).where(AgentTask.id == task.id).values(values))


def tell(connection: Connection, tag: AuditTag, task: AnyRow, agent: KnownAgent, *, now: datetime, **more: str) -> None:
    """A line of the audit log about a task and a workstation."""
    about: dict[str, str | int] = {"update": task.update_id, "serial": task.serial, "machine": agent.name, **more}
    record(connection, tag, actor=f"agent:{agent.uid}", subject=f"agent_task:{task.uid}", now=now, **about)
