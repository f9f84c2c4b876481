"""Whether a person or a device has a word, told by the index alone."""

from typing import Final

from alembic import op

revision: Final = "0023"
down_revision: Final[str | None] = "0022"

NAME: Final = "ix_search_terms_entity_id_kind"


def upgrade() -> None:
    op.drop_index(NAME, "search_terms")
    op.create_index(NAME, "search_terms", ["entity_id", "kind", "term"])


def downgrade() -> None:
    op.drop_index(NAME, "search_terms")
    op.create_index(NAME, "search_terms", ["entity_id", "kind"])
