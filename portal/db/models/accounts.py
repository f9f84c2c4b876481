"""Who signs in to the portal, in which role and how far he sees; sessions, and failed tries."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.base import Base, Id, UtcTime, by_value, key
from portal.domain.sign_in import SignInWay


class CustomRole(Base):
    """A role made here; ``permissions`` holds their names. Roles that come with the product have no row."""

    __tablename__ = "roles"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    description: Mapped[str] = mapped_column(String(500), default="")
    permissions: Mapped[list[str]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class Account(Base):
    """A portal account; the password is kept as an argon2id hash.

    ``role`` is the key of a role, built in or made here. ``person_id`` is who it is in the directory: it opens
    self-service. ``scoped``: it reaches only its units and policies, even when none of them is left.
    """

    __tablename__ = "accounts"
    __table_args__ = (Index("uq_accounts_person_id", "person_id", unique=True),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    login: Mapped[str] = mapped_column(key(100), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(40), index=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    last_signed_in_at: Mapped[datetime | None] = mapped_column(UtcTime)
    scoped: Mapped[bool] = mapped_column(default=False)
    must_change_password: Mapped[bool] = mapped_column(default=False)
    password_ends_at: Mapped[datetime | None] = mapped_column(UtcTime)
    locale: Mapped[str] = mapped_column(String(10), default="")
    theme: Mapped[str] = mapped_column(String(10), default="")
    version: Mapped[int] = mapped_column(default=1)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))


class AccountUnit(Base):
    """A unit an account is limited to, with all below it."""

    __tablename__ = "account_units"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True, autoincrement=False)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), primary_key=True, autoincrement=False, index=True)


class AccountPolicy(Base):
    """A policy an account is limited to."""

    __tablename__ = "account_policies"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True, autoincrement=False)
    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id"), primary_key=True, autoincrement=False, index=True)


class AccountSession(Base):
    """A signed-in browser; the random token itself is kept only as its SHA-256.

    ``way`` is what was proved with, ``through`` the connector that judged it, if one did. ``hint`` is sealed: what that
    one wants to see when the session is to end over there, too.
    """

    __tablename__ = "sessions"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    seen_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    address: Mapped[str] = mapped_column(String(64), default="")
    browser: Mapped[str] = mapped_column(String(300), default="")
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime)
    way: Mapped[SignInWay] = mapped_column(by_value(SignInWay), default=SignInWay.PASSWORD)
    through: Mapped[str] = mapped_column(String(60), default="")
    hint: Mapped[bytes | None] = mapped_column(LargeBinary)


class SignInLink(Base):
    """Whose account somebody is over there, known by a hash of the provider's name and his unchanging number."""

    __tablename__ = "sign_in_links"
    __table_args__ = (Index("uq_sign_in_links_account_id", "account_id", "connector_id", unique=True),)

    connector_id: Mapped[int] = mapped_column(
        ForeignKey("connectors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    subject_hash: Mapped[str] = mapped_column(key(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    linked_at: Mapped[datetime] = mapped_column(UtcTime)


class SignInAttempt(Base):
    """Failed tries of one account (``account:login``) or from one address (``address:…``)."""

    __tablename__ = "sign_in_attempts"

    subject: Mapped[str] = mapped_column(key(200), primary_key=True)
    failures: Mapped[int]
    last_failed_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    blocked_until: Mapped[datetime] = mapped_column(UtcTime)
