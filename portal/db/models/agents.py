"""Workstations that may ask for work, those that ask to be let in, and the one-time codes that let them in."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.base import Base, Id, UtcTime, by_value, key
from portal.domain.agent_tasks import AgentState


class Agent(Base):
    """One workstation. ``uid`` is the name its certificate is issued to.

    What it says of itself (``name`` to ``version``) is told by the workstation and proves nothing. ``previous_serial``
    is the certificate it had before the last renewal, good until ``previous_until``. ``ticket_hash`` is the SHA-256 of
    what it asks with while it waits, ``request`` the PKCS#10 it sent. Bound to ``person_id``; to nobody when None.
    """

    __tablename__ = "agents"
    __table_args__ = (
        Index("ix_agents_state_id", "state", "id"),
        Index("ix_agents_last_contact", "last_contact"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    uid: Mapped[str] = mapped_column(key(36), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    machine: Mapped[str] = mapped_column(key(100), index=True)
    system: Mapped[str] = mapped_column(String(200), default="")
    user_name: Mapped[str] = mapped_column(String(200), default="")
    version: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[AgentState] = mapped_column(by_value(AgentState))
    certificate_serial: Mapped[str | None] = mapped_column(key(40), unique=True)
    certificate_not_after: Mapped[datetime | None] = mapped_column(UtcTime)
    certificate: Mapped[str] = mapped_column(Text, default="")
    previous_serial: Mapped[str | None] = mapped_column(key(40))
    previous_until: Mapped[datetime | None] = mapped_column(UtcTime)
    asked_at: Mapped[datetime] = mapped_column(UtcTime)
    enrolled_at: Mapped[datetime | None] = mapped_column(UtcTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcTime)
    decided_by: Mapped[str] = mapped_column(String(100), default="")
    last_contact: Mapped[datetime | None] = mapped_column(UtcTime)
    address: Mapped[str] = mapped_column(String(64), default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    comment: Mapped[str] = mapped_column(String(500), default="")
    ticket_hash: Mapped[str | None] = mapped_column(key(64), unique=True)
    request: Mapped[str] = mapped_column(Text, default="")


class AgentCode(Base):
    """A one-time code, kept as the SHA-256 of its secret; good once, until it expires or is withdrawn."""

    __tablename__ = "agent_codes"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code_hash: Mapped[str] = mapped_column(key(64), unique=True)
    made_by: Mapped[str] = mapped_column(String(100))
    made_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcTime)
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    comment: Mapped[str] = mapped_column(String(500), default="")
