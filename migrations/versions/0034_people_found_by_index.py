"""On PostgreSQL the index of names tells who is meant, too.

Whoever types a surname and two letters of a name has all people looked through whose surname begins with these two:
each of them is a row read from far away there, and none in SQLite, whose indexes always end in the row's number.
"""

from typing import Final

from alembic import op

revision: Final = "0034"
down_revision: Final[str | None] = "0033"

NAME: Final = "ix_people_search_key"
COLUMNS: Final = ("search_key", "active", "unit_id")


def upgrade() -> None:
    """The same index, with the person's number beside."""
    _instead(["id"])


def downgrade() -> None:
    """Without it."""
    _instead([])


def _instead(beside: list[str]) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index(NAME, "people")
        op.create_index(NAME, "people", list(COLUMNS), postgresql_include=beside)
