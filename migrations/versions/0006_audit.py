"""The audit log and its head."""

from hashlib import sha256
from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import Id, UtcTime, key

revision: Final = "0006"
down_revision: Final[str | None] = "0005"


TABLES: Final = (
    "audit_events",
    "audit_head",
)


def upgrade() -> None:
    _audit_events()
    _audit_head()
    head = sa.table("audit_head", sa.column("id"), sa.column("last_id"), sa.column("hash"))
    op.bulk_insert(head, [{"id": 1, "last_id": 0, "hash": sha256(b"klyuchnik audit log").hexdigest()}])


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _audit_events() -> None:
    op.create_table(
        "audit_events",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("tag", key(60), nullable=False),
        sa.Column("actor", key(120), nullable=False),
        sa.Column("subject", key(120), nullable=False),
        sa.Column("particulars", sa.JSON(), nullable=False),
        sa.Column("correlation", sa.String(100), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_events"),
    )
    op.create_index("ix_audit_events_actor", "audit_events", ["actor", "id"])
    op.create_index("ix_audit_events_subject", "audit_events", ["subject", "id"])
    op.create_index("ix_audit_events_tag", "audit_events", ["tag", "id"])


def _audit_head() -> None:
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_id", Id, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
