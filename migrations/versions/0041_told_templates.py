"""What connected authorities told they issue."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import Id, UtcTime

revision: Final = "0041"
down_revision: Final[str | None] = "0040"


def upgrade() -> None:
    """One row for each authority that was asked; it goes with the connector."""
    op.create_table(
        "connector_templates",
        sa.Column("connector_id", Id, nullable=False),
        sa.Column("asked_at", UtcTime(), nullable=False),
        sa.Column("told_at", UtcTime(), nullable=True),
        sa.Column("templates", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("connector_id", name="pk_connector_templates"),
        sa.ForeignKeyConstraint(
            ["connector_id"], ["connectors.id"], name="fk_connector_templates_connector_id", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("connector_templates")
