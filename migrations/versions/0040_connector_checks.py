"""The last check of each connector."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import Id, UtcTime

revision: Final = "0040"
down_revision: Final[str | None] = "0039"


def upgrade() -> None:
    """One row for each connector that was checked; it goes with the connector."""
    op.create_table(
        "connector_checks",
        sa.Column("connector_id", Id, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ordered_by", sa.String(100), nullable=False),
        sa.Column("ordered_at", UtcTime(), nullable=False),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.Column("trace", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("connector_id", name="pk_connector_checks"),
        sa.ForeignKeyConstraint(
            ["connector_id"], ["connectors.id"], name="fk_connector_checks_connector_id", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("connector_checks")
