"""When a one-time password ends."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import UtcTime

revision: Final = "0015"
down_revision: Final[str | None] = "0014"


def upgrade() -> None:
    op.add_column("accounts", sa.Column("password_ends_at", UtcTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("accounts", "password_ends_at")
