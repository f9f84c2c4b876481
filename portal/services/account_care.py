"""The care of other people's accounts: made, changed, given a one-time password, signed out."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from portal.db.models import Account, AccountPolicy, AccountUnit, Connector, CustomRole, SignInLink
from portal.db.queries.accounts import AccountRow, account_row, scope_of
from portal.db.reach import subtree
from portal.db.transaction import Database
from portal.db.words import fold
from portal.domain.accounts import AccountDraft, Grantor, Scope, refuse_to_lock_out
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict, InvalidInput, NotFound
from portal.domain.ids import AccountId, ConnectorId
from portal.domain.permissions import Permission, Role, effective
from portal.domain.reach import EVERYTHING, Reach
from portal.ports.clock import Clock
from portal.services import passwords
from portal.services.audit import record
from portal.services.keyholders import holds_keys, keyholders
from portal.services.sessions import Sessions, permissions_of

#: A password handed over on paper or by telephone is good for so long.
ONE_TIME_LIFE: Final = timedelta(days=3)


class AccountCare:
    """What an administrator does about accounts."""

    def __init__(self, database: Database, clock: Clock, sessions: Sessions) -> None:
        self._database = database
        self._clock = clock
        self._sessions = sessions

    def create(self, login: str, draft: AccountDraft, *, by: Grantor) -> tuple[AccountId, str]:
        """Make an account; answers its number and the one-time password, which is told only now."""
        _check(draft, login)
        password, now = passwords.one_time(), self._clock.now()
        values = {**_columns(draft), "login": fold(login), "created_at": now, "version": 1, **_one_time(password, now)}
        try:
            with self._database.begin() as connection:
                by.demand(_rights(connection, draft), _sight(connection, draft.scope))
                made = connection.execute(insert(Account).values(values).returning(Account.id))
                number = AccountId(made.scalar_one())
                _store_scope(connection, number, draft.scope)
                what = {"role": _role_name(connection, draft.role)}
                self._note(connection, AuditTag.ACCOUNT_CREATED, login=fold(login), by=by, **what)
        except IntegrityError as error:
            raise _taken(error, login) from error
        return number, password

    def change(self, account: AccountId, draft: AccountDraft, *, version: int, by: Grantor) -> None:
        """Change an account; whoever uses it signs in again when his rights change."""
        _check(draft, "-")
        try:
            with self._database.begin() as connection:
                before, scope = account_row(connection, account), scope_of(connection, account)
                self._demand(connection, before, scope, by)
                by.demand(_rights(connection, draft), _sight(connection, draft.scope))
                had = holds_keys(connection, by.account)
                own = (Account.id == account) & (Account.version == version)
                values = {**_columns(draft), "version": Account.version + 1}
                if connection.execute(update(Account).where(own).values(values)).rowcount != 1:
                    raise Conflict("account_changed", login=before.login)
                _store_scope(connection, account, draft.scope)
                what = _changed(before, scope, draft, _role_name(connection, draft.role))
                self._note(connection, AuditTag.ACCOUNT_CHANGED, login=before.login, by=by, **what)
                left = keyholders(connection)
                refuse_to_lock_out(left=len(left), own_before=had, own_after=by.account in left)
                if what.keys() & {"role", "scope", "active", "person"}:
                    self._sessions.revoke_all(connection, account, self._clock.now())
        except IntegrityError as error:
            raise _taken(error, "") from error

    def reset_password(self, account: AccountId, *, by: Grantor) -> str:
        """Give a one-time password, which is told only now; every session of the account ends."""
        password, now = passwords.one_time(), self._clock.now()
        fresh = _one_time(password, now)
        with self._database.begin() as connection:
            before = account_row(connection, account)
            self._demand(connection, before, scope_of(connection, account), by)
            connection.execute(update(Account).where(Account.id == account).values(fresh))
            self._sessions.revoke_all(connection, account, now)
            self._note(connection, AuditTag.ACCOUNT_PASSWORD_RESET, login=before.login, by=by)
        return password

    def end_sessions(self, account: AccountId, *, by: Grantor, session: int | None = None) -> None:
        """End one session of an account, or all of them."""
        with self._database.begin() as connection:
            before = account_row(connection, account)
            self._demand(connection, before, scope_of(connection, account), by)
            ended = self._sessions.end(connection, account, self._clock.now(), session=session)
            self._note(connection, AuditTag.ACCOUNT_SESSIONS_ENDED, login=before.login, by=by, number=ended)

    def untie(self, account: AccountId, connector: ConnectorId, *, by: Grantor) -> None:
        """Forget who the holder of an account is at a provider, and end the sessions opened through it."""
        with self._database.begin() as connection:
            before = account_row(connection, account)
            self._demand(connection, before, scope_of(connection, account), by)
            name = connection.execute(select(Connector.name).where(Connector.id == connector)).scalar_one_or_none()
            mine = (SignInLink.account_id == account) & (SignInLink.connector_id == connector)
            if connection.execute(delete(SignInLink).where(mine)).rowcount != 1 or name is None:
                raise NotFound("sign_in_link", id=str(connector))
            self._sessions.end_through(connection, account, name, self._clock.now())
            self._note(connection, AuditTag.ACCOUNT_UNLINKED, login=before.login, by=by, through=name)

    def _demand(self, connection: Connection, before: AccountRow, scope: Scope, by: Grantor) -> None:
        """Nobody touches an account that may more than himself: he could make it his own."""
        held = AccountDraft(before.name, before.role, scope, before.person)
        by.demand(_rights(connection, held), _sight(connection, scope))

    def _note(self, connection: Connection, tag: AuditTag, *, login: str, by: Grantor, **what: str | int) -> None:
        subject = f"account:{login}"
        record(connection, tag, actor=by.login, subject=subject, now=self._clock.now(), **what)


def _check(draft: AccountDraft, login: str) -> None:
    problems = {}
    if not fold(login):
        problems["login"] = "required"
    if not draft.name.strip():
        problems["name"] = "required"
    if draft.role == Role.EMPLOYEE and draft.person is None:
        problems["person"] = "employee_without_person"
    if draft.scope.limited and not (draft.scope.units or draft.scope.policies):
        problems["scope"] = "empty_scope"
    if problems:
        raise InvalidInput(problems)


def _rights(connection: Connection, draft: AccountDraft) -> frozenset[Permission]:
    query = select(CustomRole.permissions).where(CustomRole.key == draft.role)
    stored = connection.execute(query).scalar_one_or_none()
    if stored is None and draft.role not in set(Role):
        raise InvalidInput({"role": "no_such_role"})
    return effective(permissions_of(draft.role, stored), scoped=draft.scope.limited, person=draft.person is not None)


def _sight(connection: Connection, scope: Scope) -> Reach:
    if not scope.limited:
        return EVERYTHING
    return Reach(units=subtree(connection, scope.units), policies=scope.policies)


def _columns(draft: AccountDraft) -> dict[str, object]:
    return {
        "name": draft.name.strip(),
        "role": draft.role,
        "active": draft.active,
        "scoped": draft.scope.limited,
        "person_id": draft.person,
    }


def _one_time(password: str, now: datetime) -> dict[str, object]:
    digest = passwords.hashed(password)
    return {"password_hash": digest, "must_change_password": True, "password_ends_at": now + ONE_TIME_LIFE}


def _store_scope(connection: Connection, account: AccountId, scope: Scope) -> None:
    for table, column, wanted in ((AccountUnit, "unit_id", scope.units), (AccountPolicy, "policy_id", scope.policies)):
        connection.execute(delete(table).where(table.account_id == account))
        if scope.limited and wanted:
            connection.execute(insert(table), [{"account_id": account, column: number} for number in sorted(wanted)])


def _role_name(connection: Connection, key: str) -> str:
    own = connection.execute(select(CustomRole.name).where(CustomRole.key == key)).scalar_one_or_none()
    return own or key


def _changed(before: AccountRow, scope: Scope, draft: AccountDraft, role: str) -> dict[str, str]:
    """What is different, as the log keeps it."""
    told = {}
    if draft.name.strip() != before.name:
        told["name"] = draft.name.strip()
    if draft.role != before.role:
        told["role"] = role
    if draft.scope != scope:
        units, policies = len(draft.scope.units), len(draft.scope.policies)
        told["scope"] = f"units {units}, policies {policies}" if draft.scope.limited else "everything"
    if draft.active != before.active:
        told["active"] = "yes" if draft.active else "no"
    if draft.person != before.person:
        told["person"] = str(draft.person or "")
    return told


def _taken(error: IntegrityError, login: str) -> Conflict | InvalidInput:
    """Which of the two things that are one of a kind was taken."""
    if "person_id" in str(error.orig):
        return InvalidInput({"person": "person_has_account"})
    if login and "login" in str(error.orig):
        return InvalidInput({"login": "login_taken"})
    return Conflict("scope_gone")
