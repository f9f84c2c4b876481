"""Files of people are checked and taken over by workers.

The table begins anew: a file waits for an hour at most, and can be chosen again.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import Id, UtcTime

revision: Final = "0025"
down_revision: Final[str | None] = "0024"

_EXPIRY: Final = "ix_people_imports_expires_at"


def upgrade() -> None:
    """Apply."""
    op.drop_table("people_imports")
    op.create_table(
        "people_imports",
        sa.Column("id", Id, nullable=False),
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("owner", sa.String(100), nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.Column("preview", sa.LargeBinary(), nullable=False),
        sa.Column("marks", sa.LargeBinary(), nullable=False),
        sa.Column("leave_out", sa.Boolean(), nullable=False),
        sa.Column("fault", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people_imports"),
        sa.UniqueConstraint("token", name="uq_people_imports_token"),
    )
    op.create_index(_EXPIRY, "people_imports", ["expires_at"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("people_imports")
    op.create_table(
        "people_imports",
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("owner", sa.String(100), nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_people_imports"),
    )
    op.create_index(_EXPIRY, "people_imports", ["expires_at"])
