"""Roles as rows, the person an account belongs to, and what it may reach."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import Id, UtcTime

revision: Final = "0009"
down_revision: Final[str | None] = "0008"

TABLES: Final = ("account_policies", "account_units", "roles")
FLAGS: Final = ("scoped", "must_change_password")
WORDS: Final = ("locale", "theme")


def upgrade() -> None:
    _roles()
    _scope("account_units", "unit_id", "units")
    _scope("account_policies", "policy_id", "policies")
    for flag in FLAGS:
        op.add_column("accounts", sa.Column(flag, sa.Boolean(), nullable=False, server_default=sa.false()))
    for word in WORDS:
        op.add_column("accounts", sa.Column(word, sa.String(10), nullable=False, server_default=""))
    op.add_column("accounts", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    _add_person()
    op.create_index("uq_accounts_person_id", "accounts", ["person_id"], unique=True)
    op.create_index("ix_accounts_role", "accounts", ["role"])


def downgrade() -> None:
    for index in ("ix_accounts_role", "uq_accounts_person_id"):
        op.drop_index(index, "accounts")
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint("fk_accounts_person_id", "accounts")
    for column in ("person_id", "version", *WORDS, *FLAGS):
        op.drop_column("accounts", column)
    for table in TABLES:
        op.drop_table(table)


def _roles() -> None:
    op.create_table(
        "roles",
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("description", sa.String(500), nullable=False),
        sa.Column("permissions", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_roles"),
        sa.UniqueConstraint("name", name="uq_roles_name"),
    )


def _scope(table: str, column: str, parent: str) -> None:
    op.create_table(
        table,
        sa.Column("account_id", Id, nullable=False),
        sa.Column(column, Id, nullable=False),
        sa.PrimaryKeyConstraint("account_id", column, name=f"pk_{table}"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=f"fk_{table}_account_id"),
        sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=f"fk_{table}_{column}"),
    )
    op.create_index(f"ix_{table}_{column}", table, [column])


def _add_person() -> None:
    if op.get_bind().dialect.name == "sqlite":
        # it takes a foreign key only together with the column, which Alembic does not say
        rule = "CONSTRAINT fk_accounts_person_id REFERENCES people (id)"
        op.execute(f"ALTER TABLE accounts ADD COLUMN person_id INTEGER {rule}")
        return
    op.add_column("accounts", sa.Column("person_id", Id, nullable=True))
    op.create_foreign_key("fk_accounts_person_id", "accounts", "people", ["person_id"], ["id"])
