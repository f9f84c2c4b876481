"""Devices, what is wrong with them, and their certificates."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import Id, UtcTime, key

revision: Final = "0003"
down_revision: Final[str | None] = "0002"


TABLES: Final = (
    "devices",
    "device_findings",
    "leftovers",
    "registrations",
    "known_foreign",
    "certificates",
)


def upgrade() -> None:
    _devices()
    _device_findings()
    _leftovers()
    _registrations()
    _known_foreign()
    _certificates()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _devices() -> None:
    op.create_table(
        "devices",
        sa.Column("id", Id, nullable=False),
        sa.Column("serial", key(64), nullable=False),
        sa.Column("type", sa.String(60), nullable=False),
        sa.Column("model", sa.String(100), nullable=False),
        sa.Column("manufacturer", sa.String(100), nullable=False),
        sa.Column("label", sa.String(100), nullable=False),
        sa.Column("comment", sa.String(500), nullable=False),
        sa.Column("holder_id", Id, nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("applied_policy_id", Id, nullable=True),
        sa.Column("applied_policy_version", sa.Integer(), nullable=True),
        sa.Column("effective_policy_id", Id, nullable=True),
        sa.Column("effective_assignment_id", Id, nullable=True),
        sa.Column("need", sa.Integer(), nullable=False),
        sa.Column("possible", sa.Boolean(), nullable=False),
        sa.Column("problem", sa.String(40), nullable=False),
        sa.Column("next_check_at", UtcTime(), nullable=True),
        sa.Column("earliest_not_after", UtcTime(), nullable=True),
        sa.Column("last_seen_at", UtcTime(), nullable=True),
        sa.Column("last_seen_where", sa.String(200), nullable=False),
        sa.Column("contents", sa.JSON(), nullable=True),
        sa.Column("contents_hash", sa.String(64), nullable=True),
        sa.Column("free_memory", sa.Integer(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_devices"),
        sa.ForeignKeyConstraint(["applied_policy_id"], ["policies.id"], name="fk_devices_applied_policy_id"),
        sa.ForeignKeyConstraint(
            ["effective_assignment_id"], ["assignments.id"], name="fk_devices_effective_assignment_id"
        ),
        sa.ForeignKeyConstraint(["effective_policy_id"], ["policies.id"], name="fk_devices_effective_policy_id"),
        sa.ForeignKeyConstraint(["holder_id"], ["people.id"], name="fk_devices_holder_id"),
        sa.UniqueConstraint("serial", name="uq_devices_serial"),
    )
    op.create_index("ix_devices_applied_policy_id", "devices", ["applied_policy_id"])
    op.create_index(
        "ix_devices_due", "devices", ["id"], sqlite_where=sa.text("need > 0"), postgresql_where=sa.text("need > 0")
    )
    op.create_index(
        "ix_devices_due_expiry",
        "devices",
        ["earliest_not_after", "id", "effective_policy_id", "state"],
        sqlite_where=sa.text("need > 0"),
        postgresql_where=sa.text("need > 0"),
    )
    op.create_index("ix_devices_effective_assignment_id", "devices", ["effective_assignment_id"])
    op.create_index(
        "ix_devices_expiry", "devices", ["earliest_not_after", "id", "effective_policy_id", "state", "need"]
    )
    op.create_index("ix_devices_holder_id", "devices", ["holder_id"])
    op.create_index(
        "ix_devices_need",
        "devices",
        ["need", "id"],
        sqlite_where=sa.text("need > 0"),
        postgresql_where=sa.text("need > 0"),
    )
    op.create_index("ix_devices_next_check_at", "devices", ["next_check_at"])
    op.create_index("ix_devices_policy", "devices", ["effective_policy_id", "id", "state", "need"])
    op.create_index("ix_devices_possible", "devices", ["possible", "id", "effective_policy_id", "state"])
    op.create_index(
        "ix_devices_problem",
        "devices",
        ["problem", "id"],
        sqlite_where=sa.text("problem != ''"),
        postgresql_where=sa.text("problem != ''"),
    )
    op.create_index("ix_devices_state", "devices", ["state", "id", "earliest_not_after"])
    op.create_index("ix_devices_state_policy", "devices", ["state", "effective_policy_id", "id"])


def _device_findings() -> None:
    op.create_table(
        "device_findings",
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("device_id", Id, autoincrement=False, nullable=False),
        sa.Column("subject", key(250), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("until", UtcTime(), nullable=True),
        sa.Column("on", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("reason", "device_id", "subject", "fingerprint", name="pk_device_findings"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_device_findings_device_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_device_findings_device_id", "device_findings", ["device_id"])


def _leftovers() -> None:
    op.create_table(
        "leftovers",
        sa.Column("id", Id, nullable=False),
        sa.Column("device_id", Id, nullable=False),
        sa.Column("key_id", sa.String(128), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_leftovers"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_leftovers_device_id"),
    )
    op.create_index("ix_leftovers_device_id", "leftovers", ["device_id"])


def _registrations() -> None:
    op.create_table(
        "registrations",
        sa.Column("device_id", Id, autoincrement=False, nullable=False),
        sa.Column("register", sa.String(40), nullable=False),
        sa.Column("registered_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("device_id", "register", name="pk_registrations"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_registrations_device_id"),
    )


def _known_foreign() -> None:
    op.create_table(
        "known_foreign",
        sa.Column("device_id", Id, autoincrement=False, nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("decided_by", sa.String(100), nullable=False),
        sa.Column("decided_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("device_id", "fingerprint", name="pk_known_foreign"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_known_foreign_device_id"),
    )


def _certificates() -> None:
    op.create_table(
        "certificates",
        sa.Column("id", Id, nullable=False),
        sa.Column("device_id", Id, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("ca", sa.String(60), nullable=False),
        sa.Column("ca_template", sa.String(100), nullable=False),
        sa.Column("purpose", sa.String(40), nullable=True),
        sa.Column("common_version", sa.Integer(), nullable=True),
        sa.Column("fingerprint", key(64), nullable=False),
        sa.Column("key_id", sa.String(128), nullable=False),
        sa.Column("serial", key(64), nullable=False),
        sa.Column("subject", sa.String(500), nullable=False),
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("not_before", UtcTime(), nullable=True),
        sa.Column("not_after", UtcTime(), nullable=True),
        sa.Column("revocation", sa.String(40), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("escrow", sa.Boolean(), nullable=False),
        sa.Column("revoke_on_removal", sa.Boolean(), nullable=False),
        sa.Column("history", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("removed_at", UtcTime(), nullable=True),
        sa.Column("update_id", Id, nullable=True),
        sa.Column("der", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_certificates"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_certificates_device_id"),
    )
    op.create_index("ix_certificates_ca_serial", "certificates", ["ca", "serial"])
    op.create_index("ix_certificates_device_status", "certificates", ["device_id", "status"])
    op.create_index("ix_certificates_fingerprint", "certificates", ["fingerprint"])
