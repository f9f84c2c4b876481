"""Work for one device that a workstation carries out, its orders, and the tokens workstations see."""

from datetime import datetime
from typing import Final

from sqlalchemy import JSON, ForeignKey, Index, String, bindparam, column
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.base import Base, Id, UtcTime, by_value, key
from portal.domain.agent_tasks import ACTIVE_TASKS, OUTSTANDING, AgentOrderState, AgentTaskState

_JSON: Final = JSON(none_as_null=True)
_ACTIVE: Final = column("state").in_(sorted(state.value for state in ACTIVE_TASKS))
_OUTSTANDING: Final = column("state").in_(sorted(state.value for state in OUTSTANDING))


class AgentTask(Base):
    """One update that goes through a workstation; it ends with its update.

    ``agent_id`` is the workstation it is bound to, None when any that sees the token may have it. ``holder_agent_id``
    has it, or had it last, until ``lease_until``; ``epoch`` grows each time it changes hands. ``content_hash`` is what
    the token carried when it was last told, empty when that is not known.
    """

    __tablename__ = "agent_tasks"
    __table_args__ = (
        Index("ix_agent_tasks_active", "state", "serial", sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
        Index("ix_agent_tasks_device_id_id", "device_id", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    uid: Mapped[str] = mapped_column(key(36), unique=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"))
    update_id: Mapped[int] = mapped_column(ForeignKey("updates.id"), unique=True)
    serial: Mapped[str] = mapped_column(key(64), index=True)
    kind: Mapped[str] = mapped_column(String(40), default="update")
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"), index=True)
    holder_agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"), index=True)
    epoch: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcTime)
    state: Mapped[AgentTaskState] = mapped_column(by_value(AgentTaskState))
    comment: Mapped[str] = mapped_column(String(1000), default="")
    asked_by: Mapped[str] = mapped_column(String(100))
    made_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    attempts: Mapped[int] = mapped_column(default=0)
    postponed_until: Mapped[datetime | None] = mapped_column(UtcTime)
    declines: Mapped[int] = mapped_column(default=0)
    last_contact: Mapped[datetime | None] = mapped_column(UtcTime)
    content_hash: Mapped[str] = mapped_column(String(64), default="")
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime, index=True)
    why: Mapped[str] = mapped_column(String(40), default="")


#: Written out in the statement, so that a planner sees that the index of active tasks fits.
IS_ACTIVE_TASK: Final = AgentTask.state.in_(
    bindparam("active_tasks", sorted(ACTIVE_TASKS), expanding=True, literal_execute=True)
)


class AgentOrder(Base):
    """One token order of a task. ``uid`` is the ticket its run waits with; ``digest`` tells the same order again.

    ``body`` is the order as it travels, a private key in it sealed. ``tries`` counts how often it was open: a list made
    for an earlier try is another list. ``handed_to`` and ``epoch`` are of the last hand-out. ``outcome`` is the last
    result that was reported, and of which try; no order is handed out before ``not_before``.
    """

    __tablename__ = "agent_orders"
    __table_args__ = (
        Index("uq_agent_orders_seq", "task_id", "seq", unique=True),
        Index("ix_agent_orders_outstanding", "task_id", sqlite_where=_OUTSTANDING, postgresql_where=_OUTSTANDING),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    uid: Mapped[str] = mapped_column(key(36), unique=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("agent_tasks.id"))
    seq: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    body: Mapped[dict[str, object]] = mapped_column(JSON)
    doubtful: Mapped[bool] = mapped_column(default=False)
    tries: Mapped[int] = mapped_column(default=1)
    epoch: Mapped[int] = mapped_column(default=0)
    handed_to: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    state: Mapped[AgentOrderState] = mapped_column(by_value(AgentOrderState))
    outcome: Mapped[dict[str, object] | None] = mapped_column(_JSON)
    not_before: Mapped[datetime | None] = mapped_column(UtcTime)
    made_at: Mapped[datetime] = mapped_column(UtcTime)
    handed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)


#: Written out for the same reason.
IS_OUTSTANDING: Final = AgentOrder.state.in_(
    bindparam("outstanding", sorted(OUTSTANDING), expanding=True, literal_execute=True)
)


class AgentToken(Base):
    """A token a workstation sees, or saw last: it is there while ``present`` and the workstation keeps contact.

    ``noticed_at`` is when people were last told that nobody knows it, or that it is somebody else's.
    """

    __tablename__ = "agent_tokens"

    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), primary_key=True)
    serial: Mapped[str] = mapped_column(key(64), primary_key=True, index=True)
    sighting: Mapped[dict[str, object]] = mapped_column(JSON)
    seen_at: Mapped[datetime] = mapped_column(UtcTime)
    present: Mapped[bool]
    device_id: Mapped[int | None] = mapped_column(ForeignKey("devices.id"), index=True)
    noticed_at: Mapped[datetime | None] = mapped_column(UtcTime)
