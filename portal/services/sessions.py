"""Signed-in browsers: a random token of 256 bits, of which only a hash is kept; idle and absolute ends."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, bindparam, insert, select, update

from portal.db.base import AnyRow, AnySelect
from portal.db.models import Account, AccountPolicy, AccountSession, AccountUnit, CustomRole, Person
from portal.db.reach import subtree
from portal.db.transaction import Database
from portal.domain.accounts import KEYS_OF_THE_HOUSE
from portal.domain.audit import AuditTag
from portal.domain.ids import AccountId, PersonId
from portal.domain.permissions import ROLE_PERMISSIONS, Permission, Role, effective
from portal.domain.reach import Reach
from portal.domain.sign_in import SignInWay
from portal.ports.clock import Clock
from portal.services.audit import record

#: Whoever manages accounts or roles is signed out sooner, whatever the settings allow others.
ADMINISTRATOR_IDLE: Final = timedelta(minutes=15)
ADMINISTRATOR_LIFE: Final = timedelta(hours=8)
#: Being seen is written down at most so often.
_TOUCH: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a request comes from."""

    address: str = ""
    browser: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody proved himself with, and the connector that judged it; ``hint`` is sealed, see AccountSession."""

    way: SignInWay
    through: str = ""
    hint: bytes | None = field(default=None, repr=False)


PASSWORD: Final = Proof(SignInWay.PASSWORD)


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session as pages see it, with what its account may do; ``role_name`` is that of a role made here."""

    id: int
    account: AccountId
    login: str
    name: str
    role: str
    role_name: str
    permissions: frozenset[Permission]
    person: PersonId | None
    scoped: bool
    one_time_password: bool
    locale: str
    theme: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str
    browser: str
    way: SignInWay
    through: str

    @property
    def must_change_password(self) -> bool:
        """Whether he came in with a one-time password; who came otherwise has no use for another one."""
        return self.one_time_password and self.way is SignInWay.PASSWORD


class Sessions:
    """Opens, finds and ends sessions."""

    def __init__(self, database: Database, clock: Clock, *, idle: timedelta, life: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._idle = idle
        self._life = life

    def open(
        self, connection: Connection, account: AccountId, visitor: Visitor, now: datetime, *, proof: Proof = PASSWORD
    ) -> str:
        """Start a session in the caller's transaction; answers the token for the cookie."""
        token = secrets.token_urlsafe(32)
        values = {"token_hash": digest(token), "account_id": account, "created_at": now, "seen_at": now}
        place = {"address": visitor.address[:64], "browser": visitor.browser[:300]}
        expires_at = now + self._limits(connection.execute(_RIGHTS, {"b_account": account}).one())[1]
        how = {"way": proof.way, "through": proof.through, "hint": proof.hint}
        connection.execute(insert(AccountSession).values(**values, **place, **how, expires_at=expires_at))
        return token

    def find(self, token: str, *, touch: bool = True) -> SessionView | None:
        """The living session behind a cookie; None when there is none. ``touch`` marks it as seen: a person did it."""
        now = self._clock.now()
        with self._database.read() as connection:
            row = connection.execute(_BY_TOKEN, {"b_token": digest(token)}).one_or_none()
        if row is None or not self._alive(row, now):
            return None
        if touch and now - row.seen_at >= _TOUCH:
            with self._database.begin() as connection:
                connection.execute(update(AccountSession).where(AccountSession.id == row.id).values(seen_at=now))
        return _view(row)

    def rotate(self, token: str) -> str | None:
        """A new token for a living session, so that an old cookie is worth nothing; None when it has ended."""
        session = self.find(token)
        if session is None:
            return None
        fresh = secrets.token_urlsafe(32)
        own = update(AccountSession).where(AccountSession.token_hash == digest(token))
        with self._database.begin() as connection:
            changed = connection.execute(own.values(token_hash=digest(fresh)))
        return fresh if changed.rowcount == 1 else None

    def sign_out(self, token: str, *, leaving: bool = False) -> str:
        """End the session behind a cookie.

        ``leaving``: he may go on to sign out elsewhere; what is answered brings the hint then, once, and opens nothing.
        """
        session = self.find(token)
        if session is None:
            return ""
        now, ticket = self._clock.now(), secrets.token_urlsafe(32) if leaving else ""
        with self._database.begin() as connection:
            _end(connection, now, AccountSession.id == session.id, ticket=ticket)
            who = {"actor": session.login, "subject": f"account:{session.login}"}
            record(connection, AuditTag.ACCOUNT_SIGNED_OUT, now=now, **who)
        return ticket

    def of(self, account: AccountId) -> tuple[SessionView, ...]:
        """The living sessions of an account, latest first."""
        now = self._clock.now()
        query = _query().where(AccountSession.account_id == account).order_by(AccountSession.id.desc())
        with self._database.read() as connection:
            return tuple(_view(row) for row in connection.execute(query) if self._alive(row, now))

    def end(
        self, connection: Connection, account: AccountId, now: datetime, *, session: int | None = None, but: str = ""
    ) -> int:
        """End one session of an account, or all but the one behind a token, in the caller's transaction."""
        which = AccountSession.account_id == account
        if session is not None:
            which &= AccountSession.id == session
        if but:
            which &= AccountSession.token_hash != digest(but)
        return _end(connection, now, which)

    def end_through(self, connection: Connection, account: AccountId, through: str, now: datetime) -> None:
        """End the sessions of an account that a connector opened, in the caller's transaction."""
        _end(connection, now, (AccountSession.account_id == account) & (AccountSession.through == through))

    def revoke_all(self, connection: Connection, account: AccountId, now: datetime) -> None:
        """End every session of an account in the caller's transaction."""
        _end(connection, now, AccountSession.account_id == account)

    def limits_of(self, account: AccountId) -> Reach:
        """What an account that is limited to units and policies reaches; with none left, nothing."""
        units = select(AccountUnit.unit_id).where(AccountUnit.account_id == account)
        policies = select(AccountPolicy.policy_id).where(AccountPolicy.account_id == account)
        with self._database.read() as connection:
            given = connection.execute(units).scalars().all()
            below = subtree(connection, given) if given else frozenset()
            return Reach(units=below, policies=frozenset(connection.execute(policies).scalars()))

    def _alive(self, row: AnyRow, now: datetime) -> bool:
        idle, life = self._limits(row)
        fresh = now < row.seen_at + idle and now < min(row.expires_at, row.created_at + life)
        gone = row.role == Role.EMPLOYEE and not row.employed
        return bool(fresh and row.active and not gone and row.revoked_at is None)

    def _limits(self, row: AnyRow) -> tuple[timedelta, timedelta]:
        if permissions_of(row.role, row.permissions) & KEYS_OF_THE_HOUSE:
            return min(self._idle, ADMINISTRATOR_IDLE), min(self._life, ADMINISTRATOR_LIFE)
        return self._idle, self._life


def digest(token: str) -> str:
    """What is kept of a token."""
    return sha256(token.encode()).hexdigest()


def _query() -> AnySelect:
    own = AccountSession
    return (
        select(own.id, own.account_id, own.created_at, own.seen_at, own.expires_at, own.address, own.browser)
        .add_columns(own.way, own.through, own.revoked_at, Account.login, Account.name, Account.role, Account.active)
        .add_columns(Account.person_id, Account.scoped, Account.must_change_password, Account.locale, Account.theme)
        .add_columns(CustomRole.name.label("role_name"), CustomRole.permissions)
        .join(Account, Account.id == own.account_id)
        .add_columns(Person.active.label("employed"))
        .outerjoin(CustomRole, CustomRole.key == Account.role)
        .outerjoin(Person, Person.id == Account.person_id)
    )


_RIGHTS: Final = (
    select(Account.role, CustomRole.permissions)
    .outerjoin(CustomRole, CustomRole.key == Account.role)
    .where(Account.id == bindparam("b_account"))
)
#: Asked with every request, so built once.
_BY_TOKEN: Final = _query().where(AccountSession.token_hash == bindparam("b_token"))


def permissions_of(role: str, stored: Collection[str] | None) -> frozenset[Permission]:
    """What a role may do; a role nobody knows may nothing, and a permission nobody knows is no permission."""
    if role in ROLE_PERMISSIONS:
        return ROLE_PERMISSIONS[Role(role)]
    return frozenset(one for one in Permission if one.value in (stored or ()))


def _view(row: AnyRow) -> SessionView:
    return SessionView(
        id=row.id,
        account=AccountId(row.account_id),
        login=row.login,
        name=row.name,
        role=row.role,
        role_name=row.role_name or "",
        permissions=effective(permissions_of(row.role, row.permissions), scoped=row.scoped, person=bool(row.employed)),
        person=None if row.person_id is None else PersonId(row.person_id),
        scoped=row.scoped,
        one_time_password=row.must_change_password,
        locale=row.locale,
        theme=row.theme,
        created_at=row.created_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        address=row.address,
        browser=row.browser,
        way=row.way,
        through=row.through,
    )


def _end(connection: Connection, now: datetime, which: ColumnElement[bool], *, ticket: str = "") -> int:
    living = update(AccountSession).where(which, AccountSession.revoked_at.is_(None))
    left: dict[str, Any] = {"token_hash": digest(ticket)} if ticket else {"hint": None}
    return connection.execute(living.values(revoked_at=now, **left)).rowcount
