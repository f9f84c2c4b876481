"""What a provider wants to see of a session when it is to end over there, too."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0043"
down_revision: Final[str | None] = "0042"


def upgrade() -> None:
    """Sealed, and gone with the session."""
    op.add_column("sessions", sa.Column("hint", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("sessions", "hint")
