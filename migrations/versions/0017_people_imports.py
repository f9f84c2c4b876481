"""Files of people that wait for a confirmation."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import UtcTime

revision: Final = "0017"
down_revision: Final[str | None] = "0016"


def upgrade() -> None:
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
    op.create_index("ix_people_imports_expires_at", "people_imports", ["expires_at"])


def downgrade() -> None:
    op.drop_table("people_imports")
