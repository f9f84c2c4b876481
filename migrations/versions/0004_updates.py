"""Updates, their steps, and the outbox."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import Id, UtcTime

revision: Final = "0004"
down_revision: Final[str | None] = "0003"


TABLES: Final = (
    "updates",
    "update_steps",
    "outbox",
)


def upgrade() -> None:
    _updates()
    _update_steps()
    _outbox()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _updates() -> None:
    op.create_table(
        "updates",
        sa.Column("id", Id, nullable=False),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("device_id", Id, nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("policy_id", Id, nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("ordered_by", sa.String(100), nullable=False),
        sa.Column("ordered_at", UtcTime(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=True),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.Column("lease_owner", sa.String(200), nullable=True),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("wake_at", UtcTime(), nullable=True),
        sa.Column("waiting_for", sa.String(40), nullable=True),
        sa.Column("why", sa.JSON(), nullable=True),
        sa.Column("unwinding", sa.JSON(), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("run_no", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_updates"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_updates_device_id"),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name="fk_updates_policy_id"),
        sa.UniqueConstraint("uuid", name="uq_updates_uuid"),
    )
    op.create_index(
        "ix_updates_active",
        "updates",
        ["status", "wake_at"],
        sqlite_where=sa.text("status IN ('ordered', 'running', 'stuck', 'waiting')"),
        postgresql_where=sa.text("status IN ('ordered', 'running', 'stuck', 'waiting')"),
    )
    op.create_index("ix_updates_device", "updates", ["device_id", "id"])
    op.create_index("ix_updates_status", "updates", ["status", "id"])
    op.create_index(
        "uq_updates_one_active",
        "updates",
        ["device_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('ordered', 'running', 'stuck', 'waiting')"),
        postgresql_where=sa.text("status IN ('ordered', 'running', 'stuck', 'waiting')"),
    )


def _update_steps() -> None:
    op.create_table(
        "update_steps",
        sa.Column("id", Id, nullable=False),
        sa.Column("update_id", Id, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("step", sa.JSON(), nullable=False),
        sa.Column("reply", sa.JSON(), nullable=True),
        sa.Column("ticket", sa.String(500), nullable=False),
        sa.Column("why", sa.JSON(), nullable=True),
        sa.Column("intended_at", UtcTime(), nullable=True),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.Column("settled", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_update_steps"),
        sa.ForeignKeyConstraint(["update_id"], ["updates.id"], name="fk_update_steps_update_id"),
    )
    op.create_index("uq_update_steps_seq", "update_steps", ["update_id", "seq"], unique=True)


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", Id, nullable=False),
        sa.Column("update_id", Id, nullable=False),
        sa.Column("run_no", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.ForeignKeyConstraint(["update_id"], ["updates.id"], name="fk_outbox_update_id"),
    )
