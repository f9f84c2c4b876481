"""Device usage policies: names, immutable versions, who they are given to, and the common certificates they carry."""

from datetime import datetime
from typing import Final

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, column
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.base import Base, Id, UtcTime, key

_OPEN: Final = column("closed_as") == ""


class Policy(Base):
    """A policy by name; ``current_version`` is the published one that acts, unless the policy was withdrawn."""

    __tablename__ = "policies"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    current_version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcTime)
    withdrawn_by: Mapped[str] = mapped_column(String(100), default="", server_default="")


class PolicyDraft(Base):
    """A draft of a policy, or of one that was never published (no ``policy_id``); at most one of a policy is open.

    ``based_on`` is the version it started from, 0 for a new policy; ``revision`` grows with each saved change.
    A draft that was published or discarded stays, so that whoever still edits it is told what became of it.
    """

    __tablename__ = "policy_drafts"
    __table_args__ = (
        Index("uq_policy_drafts_open", "policy_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    policy_id: Mapped[int | None] = mapped_column(ForeignKey("policies.id"))
    body: Mapped[dict[str, object]] = mapped_column(JSON)
    based_on: Mapped[int]
    revision: Mapped[int] = mapped_column(default=1)
    edited_by: Mapped[str] = mapped_column(String(100))
    edited_at: Mapped[datetime] = mapped_column(UtcTime)
    closed_as: Mapped[str] = mapped_column(String(20), default="")
    published_version: Mapped[int | None]


class PolicyVersion(Base):
    """A published version; its body never changes."""

    __tablename__ = "policy_versions"

    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id"), primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[dict[str, object]] = mapped_column(JSON)
    published_at: Mapped[datetime] = mapped_column(UtcTime)
    published_by: Mapped[str] = mapped_column(String(100), default="")


class PolicyAssignment(Base):
    """A policy given to a unit (None: the whole directory), perhaps only to some groups in it.

    ``version`` counts its changes. A removed one stays until no device says any more that it acts because of it.
    """

    __tablename__ = "assignments"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    groups: Mapped[list[str]] = mapped_column(JSON)
    priority: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    changed_by: Mapped[str] = mapped_column(String(100), default="", server_default="")
    changed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcTime)


class CommonCertificateVersion(Base):
    """One version of a common certificate; ``sealed`` is certificate and key, openable only with the vault's key.

    ``key_kind`` is the kind of its key in words ("RSA 2048"); ``chain`` are the subjects of the further
    certificates that came with it.
    """

    __tablename__ = "common_certificates"

    name: Mapped[str] = mapped_column(key(200), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fingerprint: Mapped[str] = mapped_column(String(64), index=True)
    subject: Mapped[str] = mapped_column(String(500))
    issuer: Mapped[str] = mapped_column(String(500), default="", server_default="")
    key_kind: Mapped[str] = mapped_column(String(40), default="", server_default="")
    chain: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    not_before: Mapped[datetime | None] = mapped_column(UtcTime)
    not_after: Mapped[datetime] = mapped_column(UtcTime)
    added_by: Mapped[str] = mapped_column(String(100), default="", server_default="")
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
