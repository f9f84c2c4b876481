"""Drafts of policies, and policies taken out of use."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import Id, UtcTime

revision: Final = "0007"
down_revision: Final[str | None] = "0006"


def upgrade() -> None:
    op.create_table(
        "policy_drafts",
        sa.Column("id", Id, nullable=False),
        sa.Column("policy_id", Id, nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("edited_by", sa.String(100), nullable=False),
        sa.Column("edited_at", UtcTime(), nullable=False),
        sa.Column("closed_as", sa.String(20), nullable=False),
        sa.Column("published_version", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_policy_drafts"),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name="fk_policy_drafts_policy_id"),
    )
    still_open = sa.column("closed_as") == ""
    op.create_index(
        "uq_policy_drafts_open",
        "policy_drafts",
        ["policy_id"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.add_column("policies", sa.Column("withdrawn_at", UtcTime(), nullable=True))
    op.add_column("policies", sa.Column("withdrawn_by", sa.String(100), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("policies", "withdrawn_by")
    op.drop_column("policies", "withdrawn_at")
    op.drop_table("policy_drafts")
