"""Connectors: counterparts outside, their sealed secrets, and how they answer."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import ENUM_LENGTH, Id, UtcTime, key

revision: Final = "0032"
down_revision: Final[str | None] = "0031"


def upgrade() -> None:
    """Two tables."""
    op.create_table(
        "connectors",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", key(60), nullable=False),
        sa.Column("kind", sa.String(ENUM_LENGTH), nullable=False),
        sa.Column("state", sa.String(ENUM_LENGTH), nullable=False),
        sa.Column("plain", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(100), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        *_health(),
        sa.PrimaryKeyConstraint("id", name="pk_connectors"),
        sa.UniqueConstraint("name", name="uq_connectors_name"),
    )
    op.create_table(
        "connector_secrets",
        sa.Column("connector_id", Id, nullable=False),
        sa.Column("field", key(60), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("set_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("connector_id", "field", name="pk_connector_secrets"),
        sa.ForeignKeyConstraint(["connector_id"], ["connectors.id"], name="fk_connector_secrets_connector_id"),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("connector_secrets")
    op.drop_table("connectors")


def _health() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(60), nullable=False),
        sa.Column("detail", sa.String(300), nullable=False),
        sa.Column("failed_at", UtcTime(), nullable=True),
        sa.Column("answered_at", UtcTime(), nullable=True),
        sa.Column("next_try_at", UtcTime(), nullable=True),
    )
