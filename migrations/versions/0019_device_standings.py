"""What the rules about a whole fleet read of each device, in narrow rows; indexes for what time changes."""

from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import Id, UtcTime

revision: Final = "0019"
down_revision: Final[str | None] = "0018"

IN_USE: Final = sa.text("status = 'written' AND NOT history AND answers <> ''")
REVOKED: Final = sa.text("status = 'written' AND NOT history AND answers <> '' AND revocation = 'revoked'")
NO_KIT: Final = sa.text("kit IS NULL")
JUDGED: Final = ("need", "possible", "problem", "effective_policy_id", "effective_assignment_id")
STANDING: Final = ("id", "holder_id", "state", "plain", "applied_policy_id", "registered")
ANSWERS: Final = ("device_id", "answers", "revocation", "not_after", "fingerprint", "status", "history")


def upgrade() -> None:
    _kits()
    _standings()
    for name, table in (("ix_devices_standing", "devices"), ("ix_certificates_answers", "certificates")):
        op.drop_index(name, table)
    op.create_index("ix_devices_judged", "devices", ["id", *JUDGED])
    _of_certificates("ix_certificates_answers", ["device_id", "answers", "not_after", "revocation"], IN_USE)
    _of_certificates("ix_certificates_ending", ["not_after", "device_id", "answers", "revocation"], IN_USE)
    _of_certificates("ix_certificates_revoked", ["device_id", "answers", "not_after"], REVOKED)
    _look_at_all()


def downgrade() -> None:
    for name in ("ix_certificates_revoked", "ix_certificates_ending", "ix_certificates_answers"):
        op.drop_index(name, "certificates")
    op.drop_index("ix_devices_judged", "devices")
    op.drop_table("device_standings")
    op.drop_table("kits")
    op.create_index("ix_devices_standing", "devices", list(STANDING))
    _of_certificates("ix_certificates_answers", list(ANSWERS), IN_USE)


def _kits() -> None:
    op.create_table(
        "kits",
        sa.Column("id", Id, nullable=False, autoincrement=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_kits"),
    )


def _standings() -> None:
    op.create_table(
        "device_standings",
        sa.Column("device_id", Id, nullable=False, autoincrement=False),
        sa.Column("holder_id", Id, nullable=True),
        sa.Column("unit_id", Id, nullable=True),
        sa.Column("kit", sa.BigInteger(), nullable=True),
        sa.Column("windows", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("device_id", name="pk_device_standings"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_device_standings_device_id_devices"),
    )
    op.create_index("ix_device_standings_kit", "device_standings", ["unit_id", "kit", "device_id", "holder_id"])
    op.create_index(
        "ix_device_standings_alone", "device_standings", ["device_id"], sqlite_where=NO_KIT, postgresql_where=NO_KIT
    )


def _look_at_all() -> None:
    """Have the monitor look at every device: what it is judged by beside its policy is learnt at its next review.

    One mark instead of a moment in every row: a million rows would be written while nobody else may work.
    """
    marks = sa.table("fleet_reviews", sa.column("after_id", Id), sa.column("asked_at", UtcTime()))
    held = sa.select(sa.literal(0), sa.literal(datetime.now(UTC), UtcTime())).where(
        sa.text("EXISTS (SELECT 1 FROM devices WHERE holder_id IS NOT NULL)")
    )
    op.execute("DELETE FROM fleet_reviews")  # one that is under way has not seen all of them
    op.get_bind().execute(marks.insert().from_select(["after_id", "asked_at"], held))


def _of_certificates(name: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, "certificates", columns, sqlite_where=where, postgresql_where=where)
