"""In order of expiry no index says any more what a device needs.

There every device lies on another page: a judgement of many spent half of its time on writing those.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0031"
down_revision: Final[str | None] = "0030"

EXPIRY: Final = "ix_devices_expiry"
DUE: Final = "ix_devices_due_expiry"
COLUMNS: Final = ("earliest_not_after", "id", "effective_policy_id", "state")
NEEDY: Final = sa.text("need > 0")


def upgrade() -> None:
    """Leave the need out."""
    op.drop_index(DUE, "devices")
    op.drop_index(EXPIRY, "devices")
    op.create_index(EXPIRY, "devices", list(COLUMNS))


def downgrade() -> None:
    """Keep it in both again."""
    op.drop_index(EXPIRY, "devices")
    op.create_index(EXPIRY, "devices", [*COLUMNS, "need"])
    op.create_index(DUE, "devices", list(COLUMNS), sqlite_where=NEEDY, postgresql_where=NEEDY)
