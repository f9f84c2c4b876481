"""Updates, their steps, and the bells to ring once a transaction is in."""

from datetime import datetime
from typing import Final

from sqlalchemy import JSON, ForeignKey, Index, String, bindparam, column
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.base import Base, Id, UtcTime, by_value
from portal.domain.outcomes import WaitingFor
from portal.domain.run_kind import RunKind
from portal.domain.update_state import ACTIVE, StepStatus, UpdateStatus

_ACTIVE: Final = column("status").in_(sorted(status.value for status in ACTIVE))
_JSON: Final = JSON(none_as_null=True)
_OWED: Final = column("owed_at").is_not(None)


class Update(Base):
    """One run of one plan on one device; at most one of a device is active, and the database says so."""

    __tablename__ = "updates"
    __table_args__ = (
        Index("uq_updates_one_active", "device_id", unique=True, sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
        Index("ix_updates_active", "status", "wake_at", sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
        Index("ix_updates_device", "device_id", "id"),
        Index("ix_updates_status", "status", "id"),
        Index("ix_updates_finished_at", "finished_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"))
    kind: Mapped[RunKind] = mapped_column(by_value(RunKind), default=RunKind.UPDATE, server_default=RunKind.UPDATE)
    status: Mapped[UpdateStatus] = mapped_column(by_value(UpdateStatus))
    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id"))
    policy_version: Mapped[int]
    plan: Mapped[dict[str, object]] = mapped_column(JSON)
    findings: Mapped[list[object]] = mapped_column(JSON)
    choices: Mapped[dict[str, object]] = mapped_column(JSON)
    content_hash: Mapped[str] = mapped_column(String(64))
    ordered_by: Mapped[str] = mapped_column(String(100))
    ordered_at: Mapped[datetime] = mapped_column(UtcTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)
    lease_owner: Mapped[str | None] = mapped_column(String(200))
    lease_until: Mapped[datetime | None] = mapped_column(UtcTime)
    fence: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    wake_at: Mapped[datetime | None] = mapped_column(UtcTime)
    waiting_for: Mapped[WaitingFor | None] = mapped_column(by_value(WaitingFor))
    why: Mapped[dict[str, object] | None] = mapped_column(_JSON)
    unwinding: Mapped[dict[str, object] | None] = mapped_column(_JSON)
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    sequence: Mapped[int] = mapped_column(default=0)
    run_no: Mapped[int] = mapped_column(default=0)


#: Written out in the statement: a planner only uses an index with a condition when it can read that condition.
IS_ACTIVE: Final = Update.status.in_(bindparam("active", sorted(ACTIVE), expanding=True, literal_execute=True))


class UpdateStep(Base):
    """One step of an update; ``step`` is the stored domain value, ``version`` its shape."""

    __tablename__ = "update_steps"
    __table_args__ = (
        Index("uq_update_steps_seq", "update_id", "seq", unique=True),
        Index("ix_update_steps_owed", "owed_at", sqlite_where=_OWED, postgresql_where=_OWED),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    update_id: Mapped[int] = mapped_column(ForeignKey("updates.id"))
    seq: Mapped[int]
    # by name, not by enum: a step this code no longer knows must still be readable
    kind: Mapped[str] = mapped_column(String(40))
    item: Mapped[int]
    version: Mapped[int]
    status: Mapped[StepStatus] = mapped_column(by_value(StepStatus))
    step: Mapped[dict[str, object]] = mapped_column(JSON)
    reply: Mapped[dict[str, str] | None] = mapped_column(_JSON)
    ticket: Mapped[str] = mapped_column(String(500), default="")
    why: Mapped[dict[str, object] | None] = mapped_column(_JSON)
    intended_at: Mapped[datetime | None] = mapped_column(UtcTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)
    settled: Mapped[bool | None]
    # its run ended before its undo could be made sure of: when that is looked at next, and how often it was
    owed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    owed_looks: Mapped[int] = mapped_column(default=0, server_default="0")


class OutboxJob(Base):
    """A job to enqueue: written with the change that needs it, deleted when the bell was rung."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    update_id: Mapped[int] = mapped_column(ForeignKey("updates.id"))
    run_no: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcTime)
