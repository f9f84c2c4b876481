"""Applications to the registers of the state: what is claimed, what was asked, what came back."""

from datetime import datetime
from typing import Final

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, bindparam, column
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.base import Base, Id, UtcTime, by_value, key
from portal.domain.identity_check import OPEN, UNHAPPY, CheckState, IdentityService, RefutedBy, Verdict

_WAITING: Final = column("state").in_(sorted(state.value for state in OPEN))
_UNCONFIRMED: Final = column("acknowledged_at").is_(None)
_SETTLED: Final = sorted(verdict.value for verdict in set(Verdict) - UNHAPPY)
_UNSETTLED: Final = column("verdict").not_in(_SETTLED) & column("superseded_at").is_(None)


class IdentityApplication(Base):
    """One claim about one person. ``sealed`` holds the claim, and nothing once the term of its keeping is over.

    ``services`` are those the verdict is made of. A later application about the same person supersedes this one.
    """

    __tablename__ = "identity_applications"
    __table_args__ = (
        Index("ix_identity_applications_person_id_id", "person_id", "id"),
        Index("ix_identity_applications_verdict_id", "verdict", "id"),
        Index("ix_identity_applications_unsettled", "id", sqlite_where=_UNSETTLED, postgresql_where=_UNSETTLED),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    update_id: Mapped[int | None] = mapped_column(ForeignKey("updates.id"), index=True)
    services: Mapped[list[str]] = mapped_column(JSON)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    verdict: Mapped[Verdict] = mapped_column(by_value(Verdict))
    ordered_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    decided_at: Mapped[datetime | None] = mapped_column(UtcTime)
    superseded_at: Mapped[datetime | None] = mapped_column(UtcTime)


#: Those a person should look at. Written out in the statement, so that a planner sees that the index fits, and by what
#: they are not, so that the index of verdicts does not.
IS_UNSETTLED: Final = IdentityApplication.verdict.not_in(
    bindparam("settled", _SETTLED, expanding=True, literal_execute=True)
) & IdentityApplication.superseded_at.is_(None)


class IdentityQuestion(Base):
    """One register asked for one application. ``wake_at`` is when to send it, or until when to wait for its answer.

    ``made`` is the certificate an announcement tells of, ``order_id`` what makes that it is told once.
    """

    __tablename__ = "identity_questions"
    __table_args__ = (
        Index("ix_identity_questions_open", "wake_at", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("ix_identity_questions_service", "service", "application_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("identity_applications.id"), index=True)
    service: Mapped[IdentityService] = mapped_column(by_value(IdentityService))
    state: Mapped[CheckState] = mapped_column(by_value(CheckState))
    refuted_by: Mapped[RefutedBy | None] = mapped_column(by_value(RefutedBy))
    remark: Mapped[str] = mapped_column(String(100), default="")
    trouble: Mapped[str] = mapped_column(String(60), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    repeats: Mapped[int] = mapped_column(default=0)
    wake_at: Mapped[datetime] = mapped_column(UtcTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcTime)
    made: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    order_id: Mapped[str | None] = mapped_column(key(80), unique=True)


class IdentityMessage(Base):
    """One message that asks: its number is written down before it is sent. ``known_as`` is its number over there."""

    __tablename__ = "identity_messages"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("identity_questions.id"), index=True)
    message_id: Mapped[str] = mapped_column(key(36), unique=True)
    known_as: Mapped[str | None] = mapped_column(key(100), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    request: Mapped[bytes | None] = mapped_column(LargeBinary)
    receipt: Mapped[bytes | None] = mapped_column(LargeBinary)


class IdentityAnswer(Base):
    """One message that came, sealed as it came, before its receipt is confirmed; counted once by its number."""

    __tablename__ = "identity_answers"
    __table_args__ = (
        Index("ix_identity_answers_unconfirmed", "id", sqlite_where=_UNCONFIRMED, postgresql_where=_UNCONFIRMED),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    message_id: Mapped[str] = mapped_column(key(100), unique=True)
    question_id: Mapped[int | None] = mapped_column(ForeignKey("identity_questions.id"), index=True)
    signature: Mapped[str] = mapped_column(String(40))
    raw: Mapped[bytes | None] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(UtcTime)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcTime)


class SmevSettings(Base):
    """One row: how this installation takes part in the exchange; nothing secret is in it."""

    __tablename__ = "smev_settings"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[dict[str, str]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)


class SmevWatch(Base):
    """One row: how the exchange has answered lately. ``down_since`` is None while it does.

    ``own_until`` is when the certificate ends that signs for us, as the signing process told it last.
    """

    __tablename__ = "smev_watch"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    looked_at: Mapped[datetime] = mapped_column(UtcTime)
    down_since: Mapped[datetime | None] = mapped_column(UtcTime)
    trouble: Mapped[str] = mapped_column(String(60), default="")
    own_until: Mapped[datetime | None] = mapped_column(UtcTime)
