"""Letters to people, who the administrators are for them, and runs by their end."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import ENUM_LENGTH, Id, UtcTime, key

revision: Final = "0016"
down_revision: Final[str | None] = "0015"


def upgrade() -> None:
    op.create_table(
        "letters",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.String(ENUM_LENGTH), nullable=False),
        sa.Column("audience", sa.String(ENUM_LENGTH), nullable=False),
        sa.Column("about", key(200), nullable=False),
        sa.Column("once", key(300), nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("subject", sa.String(300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.String(ENUM_LENGTH), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", UtcTime(), nullable=True),
        sa.Column("trouble", sa.String(300), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_letters_person_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_letters"),
        sa.UniqueConstraint("once", name="uq_letters_once"),
    )
    op.create_index("ix_letters_about", "letters", ["about", "kind", "audience", "created_at"])
    op.create_index("ix_letters_person_id", "letters", ["person_id"])
    op.create_index("ix_letters_status", "letters", ["status", "due_at"])
    op.create_index("ix_updates_finished_at", "updates", ["finished_at"])
    op.create_table(
        "letter_settings",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("addresses", sa.JSON(), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("locale", sa.String(10), nullable=False),
        sa.Column("digest_hour", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_letter_settings"),
    )


def downgrade() -> None:
    op.drop_table("letter_settings")
    op.drop_index("ix_updates_finished_at", "updates")
    op.drop_table("letters")
