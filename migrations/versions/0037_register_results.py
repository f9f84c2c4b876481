"""What registers outside were last told of each device, and which registrations are still on their way."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import Id, UtcTime

revision: Final = "0037"
down_revision: Final[str | None] = "0036"

_BEHIND: Final = sa.text("status != 'done'")


def upgrade() -> None:
    """A row for each register of a device, and since when a registration is owed."""
    op.add_column("registrations", sa.Column("owed_since", UtcTime(), nullable=True))
    op.create_table(
        "register_results",
        sa.Column("device_id", Id, autoincrement=False, nullable=False),
        sa.Column("register", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("why", sa.JSON(), nullable=True),
        sa.Column("since", UtcTime(), nullable=False),
        sa.Column("told_at", UtcTime(), nullable=False),
        sa.Column("order_id", Id, nullable=True),
        sa.PrimaryKeyConstraint("device_id", "register", name="pk_register_results"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_register_results_device_id"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_register_results_behind",
        "register_results",
        ["device_id", "status"],
        sqlite_where=_BEHIND,
        postgresql_where=_BEHIND,
    )


def downgrade() -> None:
    """Registrations that are still owed count as registered, as they did before."""
    op.drop_table("register_results")
    op.drop_column("registrations", "owed_since")
