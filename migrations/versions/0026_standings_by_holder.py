"""What a person holds, found among the standings."""

from typing import Final

from alembic import op

revision: Final = "0026"
down_revision: Final[str | None] = "0025"

NAME: Final = "ix_device_standings_holder"


def upgrade() -> None:
    """One more index: narrow, and quickly made."""
    op.create_index(NAME, "device_standings", ["holder_id", "unit_id", "kit", "device_id"])


def downgrade() -> None:
    """Take it away."""
    op.drop_index(NAME, "device_standings")
