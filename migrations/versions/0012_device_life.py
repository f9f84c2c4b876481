"""What is done with devices around updates, replacements, tags, sealed administrator PINs, kinds of runs."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import Id, UtcTime, key

revision: Final = "0012"
down_revision: Final[str | None] = "0011"


TABLES: Final = (
    "device_operations",
    "device_orders",
    "device_replacements",
    "device_tags",
    "device_secrets",
)


def upgrade() -> None:
    _operations()
    _orders()
    _replacements()
    _tags()
    _secrets()
    op.add_column("updates", sa.Column("kind", sa.String(40), nullable=False, server_default="update"))


def downgrade() -> None:
    op.drop_column("updates", "kind")
    for table in reversed(TABLES):
        op.drop_table(table)


def _operations() -> None:
    op.create_table(
        "device_operations",
        sa.Column("id", Id, nullable=False),
        sa.Column("device_id", Id, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("comment", sa.String(500), nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("ordered_by", sa.String(100), nullable=False),
        sa.Column("ordered_at", UtcTime(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("wake_at", UtcTime(), nullable=True),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_device_operations"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_device_operations_device_id"),
    )
    op.create_index("ix_device_operations_device", "device_operations", ["device_id", "id"])
    still_open = sa.column("status") == sa.literal_column("'open'")
    op.create_index(
        "ix_device_operations_open",
        "device_operations",
        ["wake_at", "id"],
        sqlite_where=still_open,
        postgresql_where=still_open,
    )


def _orders() -> None:
    op.create_table(
        "device_orders",
        sa.Column("id", Id, nullable=False),
        sa.Column("operation_id", Id, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("target", sa.String(60), nullable=False),
        sa.Column("serial", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("why", sa.JSON(), nullable=True),
        sa.Column("done_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_device_orders"),
        sa.ForeignKeyConstraint(["operation_id"], ["device_operations.id"], name="fk_device_orders_operation_id"),
    )
    op.create_index("ix_device_orders_operation_id", "device_orders", ["operation_id"])


def _replacements() -> None:
    op.create_table(
        "device_replacements",
        sa.Column("id", Id, nullable=False),
        sa.Column("old_id", Id, nullable=False),
        sa.Column("new_id", Id, nullable=False),
        sa.Column("until", UtcTime(), nullable=True),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("ordered_by", sa.String(100), nullable=False),
        sa.Column("ordered_at", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_device_replacements"),
        sa.ForeignKeyConstraint(["old_id"], ["devices.id"], name="fk_device_replacements_old_id"),
        sa.ForeignKeyConstraint(["new_id"], ["devices.id"], name="fk_device_replacements_new_id"),
    )
    for column in ("old_id", "new_id", "until"):
        op.create_index(f"ix_device_replacements_{column}", "device_replacements", [column])


def _tags() -> None:
    op.create_table(
        "device_tags",
        sa.Column("tag", key(60), nullable=False),
        sa.Column("device_id", Id, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("tag", "device_id", name="pk_device_tags"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_device_tags_device_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_device_tags_device_id", "device_tags", ["device_id"])


def _secrets() -> None:
    op.create_table(
        "device_secrets",
        sa.Column("device_id", Id, autoincrement=False, nullable=False),
        sa.Column("so_pin", sa.LargeBinary(), nullable=True),
        sa.Column("upcoming", sa.LargeBinary(), nullable=True),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("device_id", name="pk_device_secrets"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_device_secrets_device_id"),
    )
