"""A person's manager, his login as it is compared, and the count of his changes."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import Id, key
from portal.db.words import fold

revision: Final = "0008"
down_revision: Final[str | None] = "0007"

PEOPLE: Final = sa.table("people", sa.column("id", Id), sa.column("login", key(100)), sa.column("login_key", key(100)))
BATCH: Final = 10_000


def upgrade() -> None:
    op.add_column("people", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("people", sa.Column("login_key", key(100), nullable=False, server_default=""))
    _add_manager()
    _fold_logins()
    op.create_index("ix_people_manager_id", "people", ["manager_id"])
    op.create_index("uq_people_login_key", "people", ["login_key"], unique=True)
    condition = sa.text("NOT active")
    op.create_index(
        "ix_people_inactive", "people", ["sort_key", "id"], sqlite_where=condition, postgresql_where=condition
    )


def downgrade() -> None:
    for index in ("ix_people_inactive", "uq_people_login_key", "ix_people_manager_id"):
        op.drop_index(index, "people")
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint("fk_people_manager_id", "people")
    for column in ("manager_id", "login_key", "version"):
        op.drop_column("people", column)


def _add_manager() -> None:
    if op.get_bind().dialect.name == "sqlite":
        # it takes a foreign key only together with the column, which Alembic does not say
        rule = "CONSTRAINT fk_people_manager_id REFERENCES people (id)"
        op.execute(f"ALTER TABLE people ADD COLUMN manager_id INTEGER {rule}")
        return
    op.add_column("people", sa.Column("manager_id", Id, nullable=True))
    op.create_foreign_key("fk_people_manager_id", "people", "people", ["manager_id"], ["id"])


def _fold_logins() -> None:
    # two that differ in nothing but their case cannot both stay: the migration stops at the unique index
    connection, last = op.get_bind(), 0
    change = sa.update(PEOPLE).where(PEOPLE.c.id == sa.bindparam("number")).values(login_key=sa.bindparam("folded"))
    while True:
        query = sa.select(PEOPLE.c.id, PEOPLE.c.login).where(PEOPLE.c.id > last).order_by(PEOPLE.c.id).limit(BATCH)
        rows = connection.execute(query).all()
        if not rows:
            return
        last = rows[-1].id
        connection.execute(change, [{"number": row.id, "folded": fold(row.login)} for row in rows])
