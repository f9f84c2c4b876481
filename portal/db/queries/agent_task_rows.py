"""Tasks of workstations as pages show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import aliased

from portal.db.base import AnyRow
from portal.db.models import Agent, AgentTask, Device, Person, Update
from portal.domain.agent_tasks import AgentTaskState
from portal.domain.ids import DeviceId, UpdateId
from portal.domain.outcomes import WaitingFor

_SHOWN: Final = 10
_BOUND, _HOLDER = aliased(Agent), aliased(Agent)


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task: whose device it is for, where it is, and what became of it so far.

    ``agent`` is the workstation it is bound to, ``holder`` the one that has it or had it last; ``state`` says
    WAITS_FOR_IDENTITY while its run waits for registers.
    """

    id: int
    device_id: DeviceId
    update_id: UpdateId
    serial: str
    person: str
    state: AgentTaskState
    comment: str
    asked_by: str
    made_at: datetime
    expires_at: datetime
    attempts: int
    declines: int
    postponed_until: datetime | None
    last_contact: datetime | None
    ended_at: datetime | None
    agent_id: int | None
    agent: str
    holder_id: int | None
    holder: str


_ROWS: Final = (
    select(AgentTask.id, AgentTask.device_id, AgentTask.update_id, AgentTask.serial, AgentTask.state)
    .add_columns(AgentTask.comment, AgentTask.asked_by, AgentTask.made_at, AgentTask.expires_at)
    .add_columns(AgentTask.attempts, AgentTask.declines, AgentTask.postponed_until, AgentTask.last_contact)
    .add_columns(AgentTask.ended_at, AgentTask.agent_id, _BOUND.name.label("agent"))
    .add_columns(AgentTask.holder_agent_id, _HOLDER.name.label("holder"))
    .add_columns(Update.waiting_for, Person.name.label("person"))
    .join(Update, Update.id == AgentTask.update_id)
    .join(Device, Device.id == AgentTask.device_id)
    .outerjoin(Person, Person.id == Device.holder_id)
    .outerjoin(_BOUND, _BOUND.id == AgentTask.agent_id)
    .outerjoin(_HOLDER, _HOLDER.id == AgentTask.holder_agent_id)
)

_OF_UPDATE: Final = _ROWS.where(AgentTask.update_id == bindparam("update"))


def task_of_update(connection: Connection, update: int) -> TaskRow | None:
    """The task an update goes through, if it goes through a workstation."""
    row = connection.execute(_OF_UPDATE, {"update": update}).one_or_none()
    return None if row is None else _row(row)


def tasks_of_agent(connection: Connection, agent: int) -> tuple[TaskRow, ...]:
    """The latest tasks bound to a workstation or carried out there, newest first."""
    mine = select(AgentTask.id).where(AgentTask.agent_id == agent).order_by(AgentTask.id.desc()).limit(_SHOWN)
    held = select(AgentTask.id).where(AgentTask.holder_agent_id == agent).order_by(AgentTask.id.desc()).limit(_SHOWN)
    numbers = {*connection.execute(mine).scalars(), *connection.execute(held).scalars()}
    query = _ROWS.where(AgentTask.id.in_(numbers)).order_by(AgentTask.id.desc())
    return tuple(map(_row, connection.execute(query.limit(_SHOWN))))


def _row(row: AnyRow) -> TaskRow:
    waits = row.waiting_for is WaitingFor.IDENTITY and row.state.active
    return TaskRow(
        id=row.id,
        device_id=DeviceId(row.device_id),
        update_id=UpdateId(row.update_id),
        serial=row.serial,
        person=row.person or "",
        state=AgentTaskState.WAITS_FOR_IDENTITY if waits else row.state,
        comment=row.comment,
        asked_by=row.asked_by,
        made_at=row.made_at,
        expires_at=row.expires_at,
        attempts=row.attempts,
        declines=row.declines,
        postponed_until=row.postponed_until,
        last_contact=row.last_contact,
        ended_at=row.ended_at,
        agent_id=row.agent_id,
        agent=row.agent or "",
        holder_id=row.holder_agent_id,
        holder=row.holder or "",
    )
