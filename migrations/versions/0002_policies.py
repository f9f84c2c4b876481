"""Policies, their versions, who they are given to, and common certificates."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import Id, UtcTime, key

revision: Final = "0002"
down_revision: Final[str | None] = "0001"


TABLES: Final = (
    "policies",
    "policy_versions",
    "assignments",
    "common_certificates",
)


def upgrade() -> None:
    _policies()
    _policy_versions()
    _assignments()
    _common_certificates()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _policies() -> None:
    op.create_table(
        "policies",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("current_version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_policies"),
        sa.UniqueConstraint("name", name="uq_policies_name"),
    )


def _policy_versions() -> None:
    op.create_table(
        "policy_versions",
        sa.Column("policy_id", Id, autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("published_at", UtcTime(), nullable=False),
        sa.Column("published_by", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("policy_id", "version", name="pk_policy_versions"),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name="fk_policy_versions_policy_id"),
    )


def _assignments() -> None:
    op.create_table(
        "assignments",
        sa.Column("id", Id, nullable=False),
        sa.Column("policy_id", Id, nullable=False),
        sa.Column("unit_id", Id, nullable=True),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_assignments"),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name="fk_assignments_policy_id"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_assignments_unit_id"),
    )
    op.create_index("ix_assignments_policy_id", "assignments", ["policy_id"])
    op.create_index("ix_assignments_unit_id", "assignments", ["unit_id"])


def _common_certificates() -> None:
    op.create_table(
        "common_certificates",
        sa.Column("name", key(200), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(500), nullable=False),
        sa.Column("not_after", UtcTime(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name="pk_common_certificates"),
    )
    op.create_index("ix_common_certificates_fingerprint", "common_certificates", ["fingerprint"])
