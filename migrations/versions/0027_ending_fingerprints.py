"""What ends is told by the index alone, fingerprints too, on PostgreSQL.

There a row of a large table is read from far away; SQLite opens the few it needs, and would only have more to keep.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0027"
down_revision: Final[str | None] = "0026"

NAME: Final = "ix_certificates_ending"
COLUMNS: Final = ["not_after", "device_id", "answers", "revocation"]
IN_USE: Final = sa.text("status = 'written' AND NOT history AND answers <> ''")


def upgrade() -> None:
    """The same index, with fingerprints beside."""
    _instead(["fingerprint"])


def downgrade() -> None:
    """Without them."""
    _instead([])


def _instead(beside: list[str]) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index(NAME, "certificates")
        op.create_index(NAME, "certificates", COLUMNS, postgresql_where=IN_USE, postgresql_include=beside)
