"""Units, people, groups and the words people are found by."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import Id, UtcTime, key

revision: Final = "0001"
down_revision: Final[str | None] = None


TABLES: Final = (
    "units",
    "people",
    "groups",
    "memberships",
    "search_terms",
)


def upgrade() -> None:
    _units()
    _people()
    _groups()
    _memberships()
    _search_terms()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _units() -> None:
    op.create_table(
        "units",
        sa.Column("id", Id, nullable=False),
        sa.Column("parent_id", Id, nullable=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("path", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_units"),
        sa.ForeignKeyConstraint(["parent_id"], ["units.id"], name="fk_units_parent_id"),
    )
    op.create_index("ix_units_parent_id", "units", ["parent_id"])


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("id", Id, nullable=False),
        sa.Column("unit_id", Id, nullable=False),
        sa.Column("login", key(100), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("email", sa.String(200), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("search_key", key(500), nullable=False),
        sa.Column("sort_key", key(250), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_people_unit_id"),
        sa.UniqueConstraint("login", name="uq_people_login"),
    )
    op.create_index("ix_people_search_key", "people", ["search_key"])
    op.create_index("ix_people_sort_key_id", "people", ["sort_key", "id"])
    op.create_index("ix_people_unit_id", "people", ["unit_id"])


def _groups() -> None:
    op.create_table(
        "groups",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_groups"),
        sa.UniqueConstraint("name", name="uq_groups_name"),
    )


def _memberships() -> None:
    op.create_table(
        "memberships",
        sa.Column("person_id", Id, autoincrement=False, nullable=False),
        sa.Column("group_id", Id, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "group_id", name="pk_memberships"),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name="fk_memberships_group_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_memberships_person_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_memberships_group_id", "memberships", ["group_id"])


def _search_terms() -> None:
    op.create_table(
        "search_terms",
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("term", key(200), nullable=False),
        sa.Column("entity_id", Id, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("kind", "term", "entity_id", name="pk_search_terms"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_search_terms_entity_id_kind", "search_terms", ["entity_id", "kind"])
