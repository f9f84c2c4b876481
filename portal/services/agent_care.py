"""The sweeper's part for workstations: what fell silent, what is over, what expired, and what nobody was called for."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Select, exists, select

from portal.db.base import AnyRow
from portal.db.models import IS_ACTIVE_TASK, IS_OUTSTANDING, AgentOrder, AgentTask, Update
from portal.db.transaction import Database
from portal.domain.agent_tasks import AgentTaskState
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict
from portal.domain.ids import UpdateId
from portal.domain.outcomes import WaitingFor
from portal.domain.update_state import ACTIVE, UpdateStatus
from portal.ports.agent_trust import AgentBell
from portal.ports.clock import Clock
from portal.services.agent_calls import who_may_have
from portal.services.agent_task_rows import EXPIRED, call_run, change, end, give_back, held
from portal.services.audit import record
from portal.services.bell import Bell, Ring
from portal.services.update_requests import ask_to_cancel, held_update

#: Tasks at work, and those whose update ended lately, are looked at every time, all of them so often.
ALL_EVERY: Final = timedelta(seconds=30)
LATELY: Final = 2 * ALL_EVERY
AT_ONCE: Final = 200

_Care = Callable[[Connection, AnyRow, datetime], Ring | None]
_SWEEPER: Final = "sweeper"
#: What an update waits for when its time may end: not for an authority that has its request.
_ENDS: Final = [WaitingFor.AGENT, WaitingFor.IDENTITY, WaitingFor.TOKEN, WaitingFor.PIN]


@dataclass(slots=True)
class AgentCare:
    """Keeps the promise that a task goes on or ends, whatever becomes of a workstation or of a bell."""

    database: Database
    clock: Clock
    bell: Bell
    agents: AgentBell
    _all_at: datetime | None = field(default=None)

    def look(self) -> int:
        """One round; answers for how many tasks something was done."""
        now = self.clock.now()
        everything = self._all_at is None or now - self._all_at >= ALL_EVERY
        if everything:
            self._all_at = now
        done = self._each(_SILENT.where(AgentTask.lease_until <= now), self._give_back, now)
        done += self._each(_OVER if everything else _OVER.where(Update.finished_at >= now - LATELY), self._end, now)
        done += self._each(_at_work(_UNCALLED, everything=everything), self._call, now)
        return done + (self._each(_EXPIRED.where(AgentTask.expires_at <= now), self._expire, now) if everything else 0)

    def _each(self, query: Select[Any], care: _Care, now: datetime) -> int:
        """Look without a lock, then take them one by one, each as it is by then."""
        with self.database.read() as connection:
            names = list(connection.execute(query.order_by(AgentTask.id).limit(AT_ONCE)).scalars())
        for name in names:
            with suppress(Conflict):  # its update ended meanwhile: the next round sees that
                self._one(name, care, now)
        return len(names)

    def _one(self, name: str, care: _Care, now: datetime) -> None:
        with self.database.begin() as connection:
            task = held(connection, name)
            ring = care(connection, task, now) if task is not None and task.state.active else None
            called = () if task is None else who_may_have(connection, task, now)
        if ring is not None:
            self.bell.ring(ring)
            self.agents.wake(*called)

    def _give_back(self, connection: Connection, task: AnyRow, now: datetime) -> Ring | None:
        if task.lease_until is None or task.lease_until > now:
            return None  # it spoke meanwhile
        give_back(connection, task, now)
        _note(connection, AuditTag.AGENT_TASK_LEASE_LOST, task, now)
        return self._ring(connection, task, now)

    def _end(self, connection: Connection, task: AnyRow, now: datetime) -> Ring | None:
        status = connection.execute(select(Update.status).where(Update.id == task.update_id)).scalar_one()
        if not status.active:
            end(connection, task, status, now)
        return None

    def _call(self, connection: Connection, task: AnyRow, now: datetime) -> Ring | None:
        waits = held_update(connection, UpdateId(task.update_id)).status is UpdateStatus.WAITING
        return self._ring(connection, task, now) if waits else None

    def _expire(self, connection: Connection, task: AnyRow, now: datetime) -> Ring | None:
        number = UpdateId(task.update_id)
        ask_to_cancel(connection, number, leave_behind=False, actor=_SWEEPER, now=now)
        change(connection, task, why=EXPIRED)
        _note(connection, AuditTag.AGENT_TASK_EXPIRED, task, now)
        return self.bell.post(connection, number, now)

    def _ring(self, connection: Connection, task: AnyRow, now: datetime) -> Ring:
        return call_run(connection, self.bell, UpdateId(task.update_id), now)


_TASKS: Final = select(AgentTask.uid).join(Update, Update.id == AgentTask.update_id).where(IS_ACTIVE_TASK)
_SILENT: Final = _TASKS.where(AgentTask.state == AgentTaskState.RUNNING)
_OVER: Final = _TASKS.where(Update.status.not_in(sorted(ACTIVE)))
#: It waits for a workstation, and no workstation has anything to do.
_UNCALLED: Final = _TASKS.where(
    Update.status == UpdateStatus.WAITING,
    Update.waiting_for == WaitingFor.AGENT,
    Update.wake_at.is_(None),
    ~exists().where(AgentOrder.task_id == AgentTask.id, IS_OUTSTANDING),
)
_EXPIRED: Final = _TASKS.where(
    AgentTask.why == "",
    Update.status == UpdateStatus.WAITING,
    Update.waiting_for.in_(_ENDS),
    Update.unwinding.is_(None),
    Update.cancel_requested.is_(False),
)


def _at_work(query: Select[Any], *, everything: bool) -> Select[Any]:
    return query if everything else query.where(AgentTask.state == AgentTaskState.RUNNING)


def _note(connection: Connection, tag: AuditTag, task: AnyRow, now: datetime) -> None:
    about: dict[str, str | int] = {"update": task.update_id, "serial": task.serial}
    record(connection, tag, actor=_SWEEPER, subject=f"agent_task:{task.uid}", now=now, **about)
