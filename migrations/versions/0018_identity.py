"""Applications to the registers of the state, their questions, messages and answers."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from portal.db.base import ENUM_LENGTH, Id, UtcTime, key

revision: Final = "0018"
down_revision: Final[str | None] = "0017"


_OPEN: Final = sa.text("state IN ('processing', 'queued', 'sent')")
_UNCONFIRMED: Final = sa.text("acknowledged_at IS NULL")


def upgrade() -> None:
    _applications()
    _questions()
    _messages()
    _answers()
    op.create_table(
        "smev_settings",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_smev_settings"),
    )


def downgrade() -> None:
    for table in ("smev_settings", "identity_answers", "identity_messages", "identity_questions"):
        op.drop_table(table)
    op.drop_table("identity_applications")


def _applications() -> None:
    table = "identity_applications"
    op.create_table(
        table,
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("update_id", Id, nullable=True),
        sa.Column("services", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("verdict", sa.String(ENUM_LENGTH), nullable=False),
        sa.Column("ordered_by", sa.String(100), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.Column("superseded_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_identity_applications_person_id_people"),
        sa.ForeignKeyConstraint(["update_id"], ["updates.id"], name="fk_identity_applications_update_id_updates"),
        sa.PrimaryKeyConstraint("id", name="pk_identity_applications"),
    )
    op.create_index("ix_identity_applications_person_id_id", table, ["person_id", "id"])
    op.create_index("ix_identity_applications_verdict_id", table, ["verdict", "id"])
    op.create_index("ix_identity_applications_update_id", table, ["update_id"])
    op.create_index("ix_identity_applications_created_at", table, ["created_at"])


def _questions() -> None:
    table = "identity_questions"
    op.create_table(
        table,
        sa.Column("id", Id, nullable=False),
        sa.Column("application_id", Id, nullable=False),
        sa.Column("service", sa.String(ENUM_LENGTH), nullable=False),
        sa.Column("state", sa.String(ENUM_LENGTH), nullable=False),
        sa.Column("refuted_by", sa.String(ENUM_LENGTH), nullable=True),
        sa.Column("remark", sa.String(100), nullable=False),
        sa.Column("trouble", sa.String(60), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("wake_at", UtcTime(), nullable=False),
        sa.Column("sent_at", UtcTime(), nullable=True),
        sa.Column("answered_at", UtcTime(), nullable=True),
        sa.Column("made", sa.JSON(), nullable=True),
        sa.Column("order_id", key(80), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["identity_applications.id"],
            name="fk_identity_questions_application_id_identity_applications",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_identity_questions"),
        sa.UniqueConstraint("order_id", name="uq_identity_questions_order_id"),
    )
    op.create_index("ix_identity_questions_application_id", table, ["application_id"])
    index = "ix_identity_questions_open"
    op.create_index(index, table, ["wake_at", "id"], sqlite_where=_OPEN, postgresql_where=_OPEN)


def _messages() -> None:
    table = "identity_messages"
    op.create_table(
        table,
        sa.Column("id", Id, nullable=False),
        sa.Column("question_id", Id, nullable=False),
        sa.Column("message_id", key(36), nullable=False),
        sa.Column("known_as", key(100), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("sent_at", UtcTime(), nullable=True),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.Column("request", sa.LargeBinary(), nullable=True),
        sa.Column("receipt", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["question_id"], ["identity_questions.id"], name="fk_identity_messages_question_id_identity_questions"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_identity_messages"),
        sa.UniqueConstraint("message_id", name="uq_identity_messages_message_id"),
    )
    op.create_index("ix_identity_messages_question_id", table, ["question_id"])
    op.create_index("ix_identity_messages_known_as", table, ["known_as"])


def _answers() -> None:
    table = "identity_answers"
    op.create_table(
        table,
        sa.Column("id", Id, nullable=False),
        sa.Column("message_id", key(100), nullable=False),
        sa.Column("question_id", Id, nullable=True),
        sa.Column("signature", sa.String(40), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.Column("acknowledged_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["question_id"], ["identity_questions.id"], name="fk_identity_answers_question_id_identity_questions"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_identity_answers"),
        sa.UniqueConstraint("message_id", name="uq_identity_answers_message_id"),
    )
    op.create_index("ix_identity_answers_question_id", table, ["question_id"])
    index = "ix_identity_answers_unconfirmed"
    op.create_index(index, table, ["id"], sqlite_where=_UNCONFIRMED, postgresql_where=_UNCONFIRMED)
