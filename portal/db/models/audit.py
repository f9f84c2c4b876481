"""The audit log: append-only, each line chained to the one before by its hash."""

from datetime import datetime

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.base import Base, Id, UtcTime, key


class AuditEntry(Base):
    """One line; ``id`` counts without gaps. The tag is text so that old lines outlive the code that wrote them."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_tag", "tag", "id"),
        Index("ix_audit_events_subject", "subject", "id"),
        Index("ix_audit_events_actor", "actor", "id"),
        Index("ix_audit_events_correlation", "correlation", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcTime)
    tag: Mapped[str] = mapped_column(key(60))
    actor: Mapped[str] = mapped_column(key(120))
    subject: Mapped[str] = mapped_column(key(120))
    particulars: Mapped[dict[str, str | int]] = mapped_column(JSON)
    correlation: Mapped[str] = mapped_column(String(100), default="")
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """The end of the chain: one row, taken by whoever appends."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_id: Mapped[int] = mapped_column(Id)
    hash: Mapped[str] = mapped_column(String(64))


class AuditWord(Base):
    """A word of a line, folded, and the line; written after the line, so that nobody waits for it."""

    __tablename__ = "audit_words"
    __table_args__ = (
        # the way back: a beginning that very many words share is looked for among the words of a line
        Index("ix_audit_words_entry_id_term", "entry_id", "term"),
        {"sqlite_with_rowid": False},
    )

    term: Mapped[str] = mapped_column(key(60), primary_key=True)
    entry_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)


class AuditReader(Base):
    """How far somebody who follows the log has come: the index of words, a sink outside, the check of the chain."""

    __tablename__ = "audit_readers"

    name: Mapped[str] = mapped_column(key(40), primary_key=True)
    last_id: Mapped[int] = mapped_column(Id)
    at: Mapped[datetime] = mapped_column(UtcTime)
    trouble: Mapped[str] = mapped_column(String(200), default="")
