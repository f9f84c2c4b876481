"""Assignments that were removed or changed by somebody else, and what is shown of common certificates."""

from typing import Any, Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import UtcTime

revision: Final = "0013"
down_revision: Final[str | None] = "0012"


def upgrade() -> None:
    given: tuple[sa.Column[Any], ...] = (
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("changed_by", sa.String(100), nullable=False, server_default=""),
        sa.Column("changed_at", UtcTime(), nullable=True),
        sa.Column("removed_at", UtcTime(), nullable=True),
    )
    common: tuple[sa.Column[Any], ...] = (
        sa.Column("issuer", sa.String(500), nullable=False, server_default=""),
        sa.Column("key_kind", sa.String(40), nullable=False, server_default=""),
        sa.Column("chain", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("not_before", UtcTime(), nullable=True),
        sa.Column("added_by", sa.String(100), nullable=False, server_default=""),
    )
    for column in given:
        op.add_column("assignments", column)
    for column in common:
        op.add_column("common_certificates", column)


def downgrade() -> None:
    for name in ("added_by", "not_before", "chain", "key_kind", "issuer"):
        op.drop_column("common_certificates", name)
    for name in ("removed_at", "changed_at", "changed_by", "version"):
        op.drop_column("assignments", name)
