"""What is peculiar about a device, parts of the fleet to look at again, and indexes for the truth of all."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import Id, UtcTime, key

revision: Final = "0010"
down_revision: Final[str | None] = "0009"

IN_USE: Final = sa.text("status = 'written' AND NOT history AND answers <> ''")
DIVIDER: Final = "\x1f"


def upgrade() -> None:
    _columns()
    _fill_in()
    _peculiarities()
    _fleet_reviews()
    _indexes()
    # what is peculiar about each device is learnt at its next review, and that is now
    op.execute("UPDATE devices SET next_check_at = created_at WHERE holder_id IS NOT NULL")


def downgrade() -> None:
    op.drop_index("ix_certificates_answers", "certificates")
    op.drop_index("ix_devices_standing", "devices")
    op.drop_table("fleet_reviews")
    op.drop_table("peculiarities")
    op.drop_column("certificates", "answers")
    op.drop_column("devices", "registered")
    op.drop_column("devices", "plain")


def _columns() -> None:
    op.add_column("devices", sa.Column("plain", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("devices", sa.Column("registered", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("certificates", sa.Column("answers", key(420), nullable=False, server_default=""))


def _fill_in() -> None:
    parts = ("kind", "name", "ca", "ca_template", "purpose", "answers")
    table = sa.table("certificates", *(sa.column(name, sa.String()) for name in parts))
    own = table.c
    managed = (
        sa.literal(f"m{DIVIDER}") + own.ca + DIVIDER + own.ca_template + DIVIDER + sa.func.coalesce(own.purpose, "")
    )
    common = sa.literal(f"c{DIVIDER}") + own.name
    said = sa.case((own.kind == "managed", managed), (own.kind == "common", common), else_="")
    op.execute(sa.update(table).values(answers=said))


def _peculiarities() -> None:
    op.create_table(
        "peculiarities",
        sa.Column("device_id", Id, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject", key(250), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("until", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("device_id", "kind", "subject", "fingerprint", name="pk_peculiarities"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_peculiarities_device_id"),
        sqlite_with_rowid=False,
    )


def _fleet_reviews() -> None:
    op.create_table(
        "fleet_reviews",
        sa.Column("id", Id, nullable=False),
        sa.Column("policy_id", Id, nullable=True),
        sa.Column("unit_id", Id, nullable=True),
        sa.Column("after_id", Id, nullable=False),
        sa.Column("asked_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_fleet_reviews"),
    )


def _indexes() -> None:
    op.create_index(
        "ix_devices_standing",
        "devices",
        ["id", "holder_id", "state", "plain", "applied_policy_id", "registered"],
    )
    op.create_index(
        "ix_certificates_answers",
        "certificates",
        ["device_id", "answers", "revocation", "not_after", "fingerprint", "status", "history"],
        sqlite_where=IN_USE,
        postgresql_where=IN_USE,
    )
