"""Tasks of workstations, their orders, and the tokens workstations see."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import ENUM_LENGTH, Id, UtcTime, key

revision: Final = "0030"
down_revision: Final[str | None] = "0029"

_ACTIVE: Final = sa.text("state IN ('offered', 'running', 'waits_for_device', 'waits_for_identity')")
_OUTSTANDING: Final = sa.text("state IN ('handed', 'open')")


def upgrade() -> None:
    """Three tables."""
    _tasks()
    _orders()
    _tokens()


def downgrade() -> None:
    """Take them away."""
    for table in ("agent_tokens", "agent_orders", "agent_tasks"):
        op.drop_table(table)


def _tasks() -> None:
    table = "agent_tasks"
    op.create_table(
        table,
        sa.Column("id", Id, nullable=False),
        sa.Column("uid", key(36), nullable=False),
        sa.Column("device_id", Id, nullable=False),
        sa.Column("update_id", Id, nullable=False),
        sa.Column("serial", key(64), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("agent_id", Id, nullable=True),
        *_holding(),
        *_asked(),
        *_course(),
        sa.PrimaryKeyConstraint("id", name="pk_agent_tasks"),
        sa.UniqueConstraint("uid", name="uq_agent_tasks_uid"),
        sa.UniqueConstraint("update_id", name="uq_agent_tasks_update_id"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_agent_tasks_device_id"),
        sa.ForeignKeyConstraint(["update_id"], ["updates.id"], name="fk_agent_tasks_update_id"),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_agent_tasks_agent_id"),
        sa.ForeignKeyConstraint(["holder_agent_id"], ["agents.id"], name="fk_agent_tasks_holder_agent_id"),
    )
    columns = ["state", "serial"]
    op.create_index("ix_agent_tasks_active", table, columns, sqlite_where=_ACTIVE, postgresql_where=_ACTIVE)
    op.create_index("ix_agent_tasks_device_id_id", table, ["device_id", "id"])
    for column in ("serial", "agent_id", "holder_agent_id", "ended_at"):
        op.create_index(f"ix_agent_tasks_{column}", table, [column])


def _holding() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("holder_agent_id", Id, nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("lease_until", UtcTime(), nullable=True),
    )


def _asked() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("state", sa.String(ENUM_LENGTH), nullable=False),
        sa.Column("comment", sa.String(1000), nullable=False),
        sa.Column("asked_by", sa.String(100), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
    )


def _course() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("postponed_until", UtcTime(), nullable=True),
        sa.Column("declines", sa.Integer(), nullable=False),
        sa.Column("last_contact", UtcTime(), nullable=True),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("why", sa.String(40), nullable=False),
    )


def _orders() -> None:
    table = "agent_orders"
    op.create_table(
        table,
        sa.Column("id", Id, nullable=False),
        sa.Column("uid", key(36), nullable=False),
        sa.Column("task_id", Id, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("doubtful", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("handed_to", Id, nullable=True),
        *_fate(),
        sa.PrimaryKeyConstraint("id", name="pk_agent_orders"),
        sa.UniqueConstraint("uid", name="uq_agent_orders_uid"),
        sa.ForeignKeyConstraint(["task_id"], ["agent_tasks.id"], name="fk_agent_orders_task_id"),
        sa.ForeignKeyConstraint(["handed_to"], ["agents.id"], name="fk_agent_orders_handed_to"),
    )
    op.create_index("uq_agent_orders_seq", table, ["task_id", "seq"], unique=True)
    name = "ix_agent_orders_outstanding"
    op.create_index(name, table, ["task_id"], sqlite_where=_OUTSTANDING, postgresql_where=_OUTSTANDING)


def _fate() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("state", sa.String(ENUM_LENGTH), nullable=False),
        sa.Column("outcome", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("not_before", UtcTime(), nullable=True),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("handed_at", UtcTime(), nullable=True),
        sa.Column("finished_at", UtcTime(), nullable=True),
    )


def _tokens() -> None:
    table = "agent_tokens"
    op.create_table(
        table,
        sa.Column("agent_id", Id, nullable=False),
        sa.Column("serial", key(64), nullable=False),
        sa.Column("sighting", sa.JSON(), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("device_id", Id, nullable=True),
        sa.Column("noticed_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("agent_id", "serial", name="pk_agent_tokens"),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_agent_tokens_agent_id"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_agent_tokens_device_id"),
    )
    op.create_index("ix_agent_tokens_serial", table, ["serial"])
    op.create_index("ix_agent_tokens_device_id", table, ["device_id"])
