"""How the authority of the portal itself does."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import ENUM_LENGTH, UtcTime

revision: Final = "0042"
down_revision: Final[str | None] = "0041"


def upgrade() -> None:
    """One row, written by the worker that looked last."""
    op.create_table(
        "own_authority_watch",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("looked_at", UtcTime(), nullable=False),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(ENUM_LENGTH), nullable=False),
        sa.Column("list_made_at", UtcTime(), nullable=True),
        sa.Column("list_until", UtcTime(), nullable=True),
        sa.Column("own_until", UtcTime(), nullable=False),
        sa.Column("responder_until", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_own_authority_watch"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("own_authority_watch")
