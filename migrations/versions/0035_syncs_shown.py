"""What pages tell of a synchronization: who a line is about, who would leave, devices, and why it was confirmed."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import Id

revision: Final = "0035"
down_revision: Final[str | None] = "0034"

COUNTS: Final = ("leaving", "suspended", "revoked", "confirmed")


def upgrade() -> None:
    """Columns beside the others; what was told before tells nothing of them."""
    for name in COUNTS:
        op.add_column("directory_syncs", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    op.add_column("directory_syncs", sa.Column("reason", sa.String(300), server_default="", nullable=False))
    op.add_column("directory_sync_lines", sa.Column("person_id", Id, nullable=True))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("directory_sync_lines", "person_id")
    for name in ("reason", *reversed(COUNTS)):
        op.drop_column("directory_syncs", name)
