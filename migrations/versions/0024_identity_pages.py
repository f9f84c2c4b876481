"""Indexes the pages of identity checks need, and what is known of the exchange itself."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import UtcTime

revision: Final = "0024"
down_revision: Final[str | None] = "0023"

_UNSETTLED: Final = sa.text("(verdict NOT IN ('confirmed', 'pending')) AND superseded_at IS NULL")
_OF_APPLICATIONS: Final = "ix_identity_applications_unsettled"
_OF_QUESTIONS: Final = "ix_identity_questions_service"


def upgrade() -> None:
    """Apply."""
    op.create_index(
        _OF_APPLICATIONS, "identity_applications", ["id"], sqlite_where=_UNSETTLED, postgresql_where=_UNSETTLED
    )
    op.create_index(_OF_QUESTIONS, "identity_questions", ["service", "application_id"])
    op.create_table(
        "smev_watch",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("looked_at", UtcTime(), nullable=False),
        sa.Column("down_since", UtcTime(), nullable=True),
        sa.Column("trouble", sa.String(60), nullable=False),
        sa.Column("own_until", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_smev_watch"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("smev_watch")
    op.drop_index(_OF_QUESTIONS, table_name="identity_questions")
    op.drop_index(_OF_APPLICATIONS, table_name="identity_applications")
