"""What a run that was given up still owes: when it is looked at next, and how often that was done."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import UtcTime

revision: Final = "0028"
down_revision: Final[str | None] = "0027"

NAME: Final = "ix_update_steps_owed"
OWED: Final = sa.text("owed_at IS NOT NULL")


def upgrade() -> None:
    """Two columns and an index of the few steps that owe; no row of the large table is rewritten."""
    op.add_column("update_steps", sa.Column("owed_at", UtcTime(), nullable=True))
    op.add_column("update_steps", sa.Column("owed_looks", sa.Integer(), server_default="0", nullable=False))
    op.create_index(NAME, "update_steps", ["owed_at"], sqlite_where=OWED, postgresql_where=OWED)


def downgrade() -> None:
    """Take them away."""
    op.drop_index(NAME, table_name="update_steps")
    op.drop_column("update_steps", "owed_looks")
    op.drop_column("update_steps", "owed_at")
