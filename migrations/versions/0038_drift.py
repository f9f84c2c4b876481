"""What database, authority and token disagree about, and the rounds that look for it."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import ENUM_LENGTH, Id, UtcTime, key

revision: Final = "0038"
down_revision: Final[str | None] = "0037"


FIGURES: Final = ("orders", "listed", "strangers", "certificates", "devices", "opened", "closed")


def upgrade() -> None:
    """Two tables, which name others and hold nothing of them back."""
    _findings()
    op.create_table(
        "reconciliation_rounds",
        sa.Column("id", Id, nullable=False),
        sa.Column("ordered_by", sa.String(100), nullable=False),
        sa.Column("running", sa.Boolean(), nullable=True),
        sa.Column("began_at", UtcTime(), nullable=False),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.Column("stage", sa.String(ENUM_LENGTH), nullable=False),
        sa.Column("ca", sa.String(60), nullable=False),
        sa.Column("mark", sa.String(300), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.Column("orders_from", UtcTime(), nullable=True),
        sa.Column("orders_to", UtcTime(), nullable=False),
        sa.Column("missed", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in FIGURES),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reconciliation_rounds"),
        sa.UniqueConstraint("running", name="uq_reconciliation_rounds_running"),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("reconciliation_rounds")
    op.drop_table("drift_findings")


def _findings() -> None:
    op.create_table(
        "drift_findings",
        sa.Column("id", Id, nullable=False),
        sa.Column("subject", key(300), nullable=False),
        sa.Column("kind", sa.String(ENUM_LENGTH), nullable=False),
        sa.Column("state", sa.String(ENUM_LENGTH), nullable=False),
        sa.Column("usable", sa.Boolean(), nullable=False),
        sa.Column("ca", sa.String(60), nullable=False),
        sa.Column("serial", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        *(sa.Column(name, Id, nullable=True) for name in ("device_id", "certificate_id", "update_id")),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("opened_at", UtcTime(), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=False),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.Column("decision", sa.String(ENUM_LENGTH), nullable=True),
        sa.Column("decided_by", sa.String(100), nullable=False),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.Column("comment", sa.String(500), nullable=False),
        sa.Column("trouble", sa.String(200), nullable=False),
        sa.Column("mending_update_id", Id, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_drift_findings"),
        sa.UniqueConstraint("subject", name="uq_drift_findings_subject"),
    )
    op.create_index("ix_drift_findings_state", "drift_findings", ["state", "id"])
    op.create_index("ix_drift_findings_state_kind", "drift_findings", ["state", "kind", "id"])
    op.create_index("ix_drift_findings_state_ca", "drift_findings", ["state", "ca", "id"])
    op.create_index("ix_drift_findings_device_id", "drift_findings", ["device_id", "state"])
