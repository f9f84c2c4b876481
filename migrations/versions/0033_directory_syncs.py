"""Directories outside: whose people are whose, what each reading did, and where the next one goes on."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import ENUM_LENGTH, Id, UtcTime, key

revision: Final = "0033"
down_revision: Final[str | None] = "0032"


def upgrade() -> None:
    """Four tables, which go with the connector they belong to."""
    _links()
    op.create_table(
        "directory_cursors",
        sa.Column("connector_id", Id, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("whole_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("connector_id", name="pk_directory_cursors"),
        _of_connector("directory_cursors"),
    )
    _syncs()
    op.create_table(
        "directory_sync_lines",
        sa.Column("id", Id, nullable=False),
        sa.Column("sync_id", Id, nullable=False),
        sa.Column("event", sa.String(ENUM_LENGTH), nullable=False),
        sa.Column("login", sa.String(100), nullable=False),
        sa.Column("detail", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_directory_sync_lines"),
        sa.ForeignKeyConstraint(
            ["sync_id"], ["directory_syncs.id"], name="fk_directory_sync_lines_sync_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_directory_sync_lines_sync_id_event", "directory_sync_lines", ["sync_id", "event", "id"])


def downgrade() -> None:
    """Take them away."""
    for table in ("directory_sync_lines", "directory_syncs", "directory_cursors", "directory_links"):
        op.drop_table(table)


def _of_connector(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_connector_id"
    return sa.ForeignKeyConstraint(["connector_id"], ["connectors.id"], name=name, ondelete="CASCADE")


def _links() -> None:
    op.create_table(
        "directory_links",
        sa.Column("connector_id", Id, nullable=False),
        sa.Column("kind", sa.String(ENUM_LENGTH), nullable=False),
        sa.Column("key", key(64), nullable=False),
        sa.Column("local_id", Id, nullable=False),
        sa.Column("name_hash", sa.String(40), nullable=False),
        sa.Column("manager_hash", sa.String(40), nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("owed", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("connector_id", "kind", "key", name="pk_directory_links"),
        _of_connector("directory_links"),
    )
    op.create_index("uq_directory_links_kind_local_id", "directory_links", ["kind", "local_id"], unique=True)
    op.create_index("ix_directory_links_name_hash", "directory_links", ["connector_id", "name_hash"])
    op.create_index("ix_directory_links_owed", "directory_links", ["owed"])


def _syncs() -> None:
    counts = ("fence", "tries", "seen", "added", "changed", "moved", "disabled", "gone", "refused", "groups")
    op.create_table(
        "directory_syncs",
        sa.Column("id", Id, nullable=False),
        sa.Column("connector_id", Id, nullable=False),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("dry", "whole", "anyway")),
        sa.Column("state", sa.String(ENUM_LENGTH), nullable=False),
        sa.Column("ordered_by", sa.String(100), nullable=False),
        sa.Column("ordered_at", UtcTime(), nullable=False),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.Column("lease_until", UtcTime(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in counts),
        sa.Column("fault", sa.String(60), nullable=False),
        sa.Column("detail", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_directory_syncs"),
        _of_connector("directory_syncs"),
    )
    op.create_index("ix_directory_syncs_connector_id", "directory_syncs", ["connector_id"])
    op.create_index("ix_directory_syncs_state", "directory_syncs", ["state"])
