"""The words of a line of the audit log, found from the line."""

from typing import Final

from alembic import op

revision: Final = "0021"
down_revision: Final[str | None] = "0020"


def upgrade() -> None:
    op.create_index("ix_audit_words_entry_id_term", "audit_words", ["entry_id", "term"])


def downgrade() -> None:
    op.drop_index("ix_audit_words_entry_id_term", "audit_words")
