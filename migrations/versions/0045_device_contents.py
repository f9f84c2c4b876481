"""What was last seen on tokens gets a table of its own: rows of devices are rewritten often and shall be small."""

from typing import Final

import sqlalchemy as sa
from alembic import context, op

from portal.db.base import Id

revision: Final = "0045"
down_revision: Final[str | None] = "0044"

DEVICES: Final = sa.table(
    "devices",
    *(sa.column("id", Id), sa.column("contents", sa.JSON()), sa.column("contents_hash", sa.String(64))),
)
CONTENTS: Final = sa.table(
    "device_contents",
    *(sa.column("device_id", Id), sa.column("contents", sa.JSON()), sa.column("contents_hash", sa.String(64))),
)
COLUMNS: Final = ("contents", "contents_hash")


def upgrade() -> None:
    """Move both columns; no row leaves the database."""
    op.create_table(
        "device_contents",
        sa.Column("device_id", Id, nullable=False, autoincrement=False),
        sa.Column("contents", sa.JSON(), nullable=False),
        sa.Column("contents_hash", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_device_contents_device_id_devices")),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_device_contents")),
    )
    own = DEVICES.c
    seen = sa.select(own.id, own.contents, sa.func.coalesce(own.contents_hash, "")).where(
        own.contents.is_not(sa.null())
    )
    moved = op.get_bind().execute(sa.insert(CONTENTS).from_select(["device_id", *COLUMNS], seen.order_by(own.id)))
    for name in COLUMNS:
        op.drop_column("devices", name)
    # SQLite leaves the pages of the devices nearly empty, and every change of a device would write a whole one still
    context.config.attributes["compact"] = moved.rowcount > 0


def downgrade() -> None:
    """Move them back."""
    op.add_column("devices", sa.Column("contents", sa.JSON(), nullable=True))
    op.add_column("devices", sa.Column("contents_hash", sa.String(64), nullable=True))
    own = CONTENTS.c
    seen = {name: sa.select(own[name]).where(own.device_id == DEVICES.c.id).scalar_subquery() for name in COLUMNS}
    known = sa.exists().where(own.device_id == DEVICES.c.id)
    op.execute(sa.update(DEVICES).where(known).values(seen))
    op.drop_table("device_contents")
