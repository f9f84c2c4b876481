"""One connector to a register of each kind at most."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0039"
down_revision: Final[str | None] = "0038"

REGISTERS: Final = sa.column("kind").like("register.%")


def upgrade() -> None:
    """An index over connectors to registers alone."""
    op.create_index(
        "uq_connectors_register",
        "connectors",
        ["kind"],
        unique=True,
        sqlite_where=REGISTERS,
        postgresql_where=REGISTERS,
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_index("uq_connectors_register", table_name="connectors")
