"""How a session was opened, and who is who at providers people sign in with."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import ENUM_LENGTH, Id, UtcTime, key

revision: Final = "0036"
down_revision: Final[str | None] = "0035"


def upgrade() -> None:
    """Sessions of before were opened with passwords; links go with the connector they belong to."""
    op.add_column("sessions", sa.Column("way", sa.String(ENUM_LENGTH), server_default="password", nullable=False))
    op.add_column("sessions", sa.Column("through", sa.String(60), server_default="", nullable=False))
    op.create_table(
        "sign_in_links",
        sa.Column("connector_id", Id, nullable=False),
        sa.Column("subject_hash", key(64), nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("linked_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("connector_id", "subject_hash", name="pk_sign_in_links"),
        sa.ForeignKeyConstraint(
            ["connector_id"], ["connectors.id"], name="fk_sign_in_links_connector_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_sign_in_links_account_id"),
    )
    op.create_index("uq_sign_in_links_account_id", "sign_in_links", ["account_id", "connector_id"], unique=True)


def downgrade() -> None:
    """Take them away."""
    op.drop_table("sign_in_links")
    op.drop_column("sessions", "through")
    op.drop_column("sessions", "way")
