"""Configured ways to counterparts outside: what they are told, their sealed secrets, and how they answer."""

from datetime import datetime
from typing import Final

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String, column
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.base import Base, Id, UtcTime, by_value, key
from portal.domain.connector_health import ConnectorState
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.own_authority import KeyState

_REGISTER: Final = column("kind").like("register.%")


class Connector(Base):
    """One counterpart by name. ``version`` counts changes of what it is told, not how it answers.

    ``failures`` in a row since ``answered_at``; the last one at ``failed_at``, after it nobody asks before
    ``next_try_at``.
    """

    __tablename__ = "connectors"
    __table_args__ = (
        # a policy names a register by its kind alone
        Index("uq_connectors_register", "kind", unique=True, sqlite_where=_REGISTER, postgresql_where=_REGISTER),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(key(60), unique=True)
    kind: Mapped[ConnectorKind] = mapped_column(by_value(ConnectorKind))
    state: Mapped[ConnectorState] = mapped_column(by_value(ConnectorState))
    plain: Mapped[dict[str, str]] = mapped_column(JSON)
    version: Mapped[int]
    changed_by: Mapped[str] = mapped_column(String(100))
    changed_at: Mapped[datetime] = mapped_column(UtcTime)
    failures: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str] = mapped_column(String(60), default="")
    detail: Mapped[str] = mapped_column(String(300), default="")
    failed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcTime)
    next_try_at: Mapped[datetime | None] = mapped_column(UtcTime)


class ConnectorSecret(Base):
    """One secret of one counterpart, sealed and bound to both; it is opened when the way there is."""

    __tablename__ = "connector_secrets"

    connector_id: Mapped[int] = mapped_column(ForeignKey("connectors.id"), primary_key=True, autoincrement=False)
    field: Mapped[str] = mapped_column(key(60), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    set_at: Mapped[datetime] = mapped_column(UtcTime)


class ConnectorTry(Base):
    """The last check of a connector, ordered from a page. ``number`` counts them, ``trace`` comes at its end."""

    __tablename__ = "connector_checks"

    connector_id: Mapped[int] = mapped_column(
        ForeignKey("connectors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    number: Mapped[int]
    ordered_by: Mapped[str] = mapped_column(String(100))
    ordered_at: Mapped[datetime] = mapped_column(UtcTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)
    trace: Mapped[list[dict[str, object]]] = mapped_column(JSON)


class ConnectorTemplates(Base):
    """What a connected authority issues as it told at ``told_at``; last asked for at ``asked_at``."""

    __tablename__ = "connector_templates"

    connector_id: Mapped[int] = mapped_column(
        ForeignKey("connectors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    asked_at: Mapped[datetime] = mapped_column(UtcTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcTime)
    templates: Mapped[list[dict[str, object]]] = mapped_column(JSON)


class OwnAuthorityWatch(Base):
    """One row: how the authority of the portal itself did when a worker looked last."""

    __tablename__ = "own_authority_watch"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    looked_at: Mapped[datetime] = mapped_column(UtcTime)
    issued: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[KeyState] = mapped_column(by_value(KeyState))
    list_made_at: Mapped[datetime | None] = mapped_column(UtcTime)
    list_until: Mapped[datetime | None] = mapped_column(UtcTime)
    own_until: Mapped[datetime] = mapped_column(UtcTime)
    responder_until: Mapped[datetime | None] = mapped_column(UtcTime)
