"""Workstations and the one-time codes that let them in."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import Id, UtcTime, key

revision: Final = "0029"
down_revision: Final[str | None] = "0028"


def upgrade() -> None:
    """Two tables."""
    _agents()
    _codes()


def downgrade() -> None:
    """Take them away."""
    op.drop_table("agent_codes")
    op.drop_table("agents")


def _agents() -> None:
    op.create_table(
        "agents",
        sa.Column("id", Id, nullable=False),
        *_who(),
        *_certificate(),
        sa.Column("asked_at", UtcTime(), nullable=False),
        sa.Column("enrolled_at", UtcTime(), nullable=True),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.Column("decided_by", sa.String(100), nullable=False),
        sa.Column("last_contact", UtcTime(), nullable=True),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("comment", sa.String(500), nullable=False),
        sa.Column("ticket_hash", key(64), nullable=True),
        sa.Column("request", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_agents"),
        sa.UniqueConstraint("uid", name="uq_agents_uid"),
        sa.UniqueConstraint("certificate_serial", name="uq_agents_certificate_serial"),
        sa.UniqueConstraint("ticket_hash", name="uq_agents_ticket_hash"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_agents_person_id"),
    )
    op.create_index("ix_agents_state_id", "agents", ["state", "id"])
    for column in ("last_contact", "machine", "person_id"):
        op.create_index(f"ix_agents_{column}", "agents", [column])


def _who() -> tuple[sa.Column[str], ...]:
    return (
        sa.Column("uid", key(36), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("machine", key(100), nullable=False),
        sa.Column("system", sa.String(200), nullable=False),
        sa.Column("user_name", sa.String(200), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
    )


def _certificate() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("certificate_serial", key(40), nullable=True),
        sa.Column("certificate_not_after", UtcTime(), nullable=True),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("previous_serial", key(40), nullable=True),
        sa.Column("previous_until", UtcTime(), nullable=True),
    )


def _codes() -> None:
    op.create_table(
        "agent_codes",
        sa.Column("id", Id, nullable=False),
        sa.Column("code_hash", key(64), nullable=False),
        sa.Column("made_by", sa.String(100), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("used_at", UtcTime(), nullable=True),
        sa.Column("withdrawn_at", UtcTime(), nullable=True),
        sa.Column("agent_id", Id, nullable=True),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("comment", sa.String(500), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_agent_codes"),
        sa.UniqueConstraint("code_hash", name="uq_agent_codes_code_hash"),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_agent_codes_agent_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_agent_codes_person_id"),
    )
    for column in ("expires_at", "agent_id", "person_id"):
        op.create_index(f"ix_agent_codes_{column}", "agent_codes", [column])
