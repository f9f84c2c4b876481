"""How a device stands is told in rows of its own: two columns that said a part of it go."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0022"
down_revision: Final[str | None] = "0021"


def upgrade() -> None:
    for name in ("plain", "registered"):
        op.drop_column("devices", name)


def downgrade() -> None:
    op.add_column("devices", sa.Column("plain", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("devices", sa.Column("registered", sa.Integer(), nullable=False, server_default="0"))
