"""Portal accounts: who signs in, and what he may do."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from portal.db.models import Account
from portal.db.transaction import Database
from portal.db.words import fold
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict, InvalidInput, NotFound, OutsideUnavailable
from portal.domain.ids import AccountId, PersonId
from portal.domain.passwords import weakness
from portal.domain.permissions import ROLE_PERMISSIONS, Permission, Role
from portal.domain.sign_in import SignInWay
from portal.ports.clock import Clock
from portal.services import passwords, throttle
from portal.services.audit import record
from portal.services.directory_sign_in import Asked, DirectorySignIn
from portal.services.session_leavings import SessionLeavings
from portal.services.sessions import PASSWORD, Proof, Sessions, Visitor
from portal.services.welcoming import Guest, welcome


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as pages see it; never its password."""

    id: AccountId
    login: str
    name: str
    role: str
    active: bool
    last_signed_in_at: datetime | None

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the account's role may do."""
        return ROLE_PERMISSIONS[Role(self.role)]

    def may(self, permission: Permission) -> bool:
        """Whether the account has this permission."""
        return permission in self.permissions


class SignInRefused(Exception):  # noqa: N818 - it says what happened
    """Login and password do not belong together, or it is too early to try again (``retry_at``)."""

    def __init__(self, retry_at: datetime | None = None) -> None:
        super().__init__("throttled" if retry_at else "wrong")
        self.retry_at = retry_at


class SignInCrowded(Exception):  # noqa: N818 - it says what happened
    """Too many passwords wait to be checked; nothing was counted, and a moment later there is room again."""


class SignInAway(Exception):  # noqa: N818 - it says what happened
    """The directory that judges passwords cannot be asked now; who is known there is not told."""


class Accounts:
    """Sign-in and the care of accounts; ``elsewhere`` judges passwords that are not kept here."""

    def __init__(
        self, database: Database, clock: Clock, sessions: Sessions, elsewhere: DirectorySignIn | None = None
    ) -> None:
        self._elsewhere = elsewhere
        self._database = database
        self._clock = clock
        self._sessions = sessions

    def sign_in(self, login: str, password: str, visitor: Visitor) -> str:
        """Open a session and answer its token; raises SignInRefused. The work is the same for unknown logins.

        Raises SignInCrowded before anything is done when too many came at once, and SignInAway while the directory
        that judges passwords cannot be asked.
        """
        if passwords.crowded():
            raise SignInCrowded
        login, now = fold(login), self._clock.now()
        with self._database.begin() as connection:
            retry_at = throttle.take_try(connection, login, visitor.address, now)
            known = _credentials(connection, Account.login == login)
            asked = self._asked(connection, login, known)
        if retry_at is not None:
            raise SignInRefused(retry_at)
        # no transaction is open while the password is checked: that takes a tenth of a second, or a directory's answer
        proved = self._proved(known, asked, password)
        if proved is None or not proved.may_enter(self._clock.now()):
            self._note_failure(login if known else "", visitor)
            raise SignInRefused
        return self._welcome(proved, visitor)

    def create(self, *, login: str, name: str, role: Role, password: str, person: PersonId | None = None) -> AccountId:
        """Add an account that sees everything its role lets it; raises Conflict when the login is taken."""
        _check(login=login, password=password)
        values = {"login": fold(login), "name": name, "role": role.value, "active": True, "person_id": person}
        stored = {**values, "password_hash": passwords.hashed(password), "created_at": self._clock.now()}
        try:
            with self._database.begin() as connection:
                created = connection.execute(insert(Account).values(stored).returning(Account.id))
                return AccountId(created.scalar_one())
        except IntegrityError as error:
            raise Conflict("login_taken", login=login) from error

    def set_password(self, account: AccountId, password: str) -> None:
        """Change a password and end every session of the account."""
        _check(login="-", password=password)
        digest = passwords.hashed(password)
        with self._database.begin() as connection:
            connection.execute(update(Account).where(Account.id == account).values(password_hash=digest))
            self._sessions.revoke_all(connection, account, self._clock.now())

    def get(self, account: AccountId) -> AccountView:
        """The account with this number; raises NotFound."""
        with self._database.read() as connection:
            found = _views(connection, Account.id == account)
        if not found:
            raise NotFound("account", id=str(account))
        return found[0]

    def all(self) -> tuple[AccountView, ...]:
        """Every account by login."""
        with self._database.read() as connection:
            return _views(connection)

    def forget_old(self) -> None:
        """Drop sessions that are long over and failed tries that no longer count."""
        SessionLeavings(self._database, self._clock).forget()
        with self._database.begin() as connection:
            throttle.forget_old(connection, self._clock.now())

    def _asked(self, connection: Connection, login: str, known: "_Credentials | None") -> Asked | None:
        """Which directory has a say, if passwords of one count here."""
        if self._elsewhere is None:
            return None
        return self._elsewhere.about(connection, login, known.person if known else None, known=known is not None)

    def _proved(self, known: "_Credentials | None", asked: Asked | None, password: str) -> "_Credentials | None":
        """Whose password this is: kept here, or judged by the directory one follows; never both for one account."""
        here = known if asked is None or asked.person is None else None
        if passwords.matches(here.password_hash if here else None, password) and here is not None:
            if passwords.outdated(here.password_hash):
                self._hash_anew(here.id, password)
            return here
        if asked is None or self._elsewhere is None:
            return None
        try:
            if not self._elsewhere.right(asked, password):
                return None
            number = self._elsewhere.account_of(asked)
        except OutsideUnavailable as refusal:
            raise SignInAway from refusal
        except IntegrityError as error:  # the same person at two places at once, for the first time
            raise SignInCrowded from error
        with self._database.read() as connection:
            found = _credentials(connection, Account.id == number)
        return found and replace(found, proof=Proof(SignInWay.DIRECTORY, asked.name))

    def _hash_anew(self, account: AccountId, password: str) -> None:
        # hashes grow stronger with time; only whoever signs in has the password to make one
        digest = passwords.hashed(password)
        with self._database.begin() as connection:
            connection.execute(update(Account).where(Account.id == account).values(password_hash=digest))

    def _welcome(self, known: "_Credentials", visitor: Visitor) -> str:
        with self._database.begin() as connection:
            guest = Guest(known.id, known.login, known.proof)
            return welcome(connection, self._sessions, guest, visitor, now=self._clock.now())

    def _note_failure(self, login: str, visitor: Visitor) -> None:
        # a login nobody has is not written down: people type passwords into the wrong field
        with self._database.begin() as connection:
            who = {"actor": login, "subject": f"account:{login}", "address": visitor.address}
            record(connection, AuditTag.ACCOUNT_SIGN_IN_FAILED, now=self._clock.now(), **who)


@dataclass(frozen=True, slots=True)
class _Credentials:
    id: AccountId
    login: str
    active: bool
    password_hash: str
    password_ends_at: datetime | None
    person: int | None
    proof: Proof = PASSWORD

    def may_enter(self, now: datetime) -> bool:
        """Whether the right password opens a session: a one-time password does so only for a while."""
        ends = self.password_ends_at if self.proof is PASSWORD else None
        return self.active and (ends is None or now < ends)


def _credentials(connection: Connection, which: ColumnElement[bool]) -> _Credentials | None:
    own = (
        Account.id,
        Account.login,
        Account.active,
        Account.password_hash,
        Account.password_ends_at,
        Account.person_id,
    )
    row = connection.execute(select(*own).where(which)).one_or_none()
    return None if row is None else _Credentials(AccountId(row.id), *row[1:])


def _views(connection: Connection, *conditions: ColumnElement[bool]) -> tuple[AccountView, ...]:
    own = Account
    query = select(own.id, own.login, own.name, own.role, own.active, own.last_signed_in_at).where(*conditions)
    rows = connection.execute(query.order_by(own.login))
    return tuple(
        AccountView(AccountId(row.id), row.login, row.name, row.role, row.active, row.last_signed_in_at) for row in rows
    )


def _check(*, login: str, password: str) -> None:
    problems = {}
    if not fold(login):
        problems["login"] = "required"
    if weak := weakness(password, ""):
        problems["password"] = weak
    if problems:
        raise InvalidInput(problems)
