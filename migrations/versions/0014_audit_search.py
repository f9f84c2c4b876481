"""Words of the audit log, how far its readers have come, and the lines of one update."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import Id, UtcTime, key

revision: Final = "0014"
down_revision: Final[str | None] = "0013"


def upgrade() -> None:
    op.create_table(
        "audit_words",
        sa.Column("term", key(60), nullable=False),
        sa.Column("entry_id", Id, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("term", "entry_id", name="pk_audit_words"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit_readers",
        sa.Column("name", key(40), nullable=False),
        sa.Column("last_id", Id, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("trouble", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_audit_readers"),
    )
    op.create_index("ix_audit_events_correlation", "audit_events", ["correlation", "id"])


def downgrade() -> None:
    op.drop_index("ix_audit_events_correlation", "audit_events")
    op.drop_table("audit_readers")
    op.drop_table("audit_words")
