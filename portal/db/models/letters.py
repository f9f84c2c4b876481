"""The outbox of letters, and who the administrators are for them."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.base import Base, Id, UtcTime, by_value, key
from portal.domain.letters import Audience, LetterKind, LetterStatus


class LetterRow(Base):
    """One letter to one address. ``about`` names what it tells of; ``once`` makes that nobody gets it twice."""

    __tablename__ = "letters"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[LetterKind] = mapped_column(by_value(LetterKind))
    audience: Mapped[Audience] = mapped_column(by_value(Audience))
    about: Mapped[str] = mapped_column(key(200))
    once: Mapped[str] = mapped_column(key(300), unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    address: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    status: Mapped[LetterStatus] = mapped_column(by_value(LetterStatus))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    due_at: Mapped[datetime] = mapped_column(UtcTime)
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(UtcTime)
    trouble: Mapped[str] = mapped_column(String(300), default="")

    __table_args__ = (
        Index("ix_letters_about", "about", "kind", "audience", "created_at"),
        Index("ix_letters_status", "status", "due_at"),
    )


class LetterSettings(Base):
    """One row: addresses and directory groups of the administrators, the language and the hour of the daily digest."""

    __tablename__ = "letter_settings"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    addresses: Mapped[list[str]] = mapped_column(JSON)
    groups: Mapped[list[str]] = mapped_column(JSON)
    locale: Mapped[str] = mapped_column(String(10))
    digest_hour: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)
