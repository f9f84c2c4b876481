"""Accounts of people who proved elsewhere who they are: made when they first come, with the role they are given."""

import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from portal.db.base import AnyRow
from portal.db.models import Account, CustomRole, Person
from portal.domain.accounts import refuse_to_lock_out
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict
from portal.domain.ids import AccountId
from portal.domain.permissions import Role
from portal.domain.sign_in import SignInDenied, SignInTrouble, may_come
from portal.services import passwords
from portal.services.audit import record
from portal.services.keyholders import holds_keys, keyholders

#: From the role somebody has, or nothing, to the one he is to have.
Grades = Callable[[str], str]


def unknown_password() -> str:
    """A hash of what nobody knows; it takes a while, so have it before a transaction begins."""
    return passwords.hashed(secrets.token_urlsafe(32))


def known_roles(connection: Connection) -> frozenset[str]:
    """The keys of every role there is."""
    return frozenset(Role) | frozenset(connection.execute(select(CustomRole.key)).scalars())


@dataclass(frozen=True, slots=True)
class SignInAccounts:
    """``actor`` is who the log says did it."""

    connection: Connection
    actor: str
    now: datetime

    def of_person(self, number: int, grade: Grades, password_hash: str) -> AccountId:
        """The account of a person, with the role he is to have now; made when he has none."""
        person = self.connection.execute(select(Person.__table__).where(Person.id == number)).one()
        query = select(Account.id, Account.login, Account.role).where(Account.person_id == person.id)
        account = self.connection.execute(query.with_for_update()).one_or_none()
        if account is None:
            return self._made(person, grade(""), password_hash)
        self.regrade(account, grade(account.role))
        return AccountId(account.id)

    def regrade(self, account: AnyRow, role: str) -> None:
        """Another role for an account; the last that can put everything right keeps the one it has."""
        if role == account.role:
            return
        held = holds_keys(self.connection, AccountId(account.id))
        with suppress(Conflict), self.connection.begin_nested():
            self.connection.execute(update(Account).where(Account.id == account.id).values(role=role))
            self._told(AuditTag.ACCOUNT_CHANGED, account.login, f"{account.role} → {role}")
            if held:
                refuse_to_lock_out(left=len(keyholders(self.connection)), own_before=False, own_after=False)

    def _made(self, person: AnyRow, role: str, password_hash: str) -> AccountId:
        values: dict[str, Any] = {"login": person.login_key, "name": person.name, "role": role, "active": True}
        values |= {"password_hash": password_hash, "person_id": person.id, "created_at": self.now}
        number = self.connection.execute(insert(Account).values(values).returning(Account.id)).scalar_one()
        self._told(AuditTag.ACCOUNT_CREATED, person.login_key, role)
        return AccountId(number)

    def _told(self, tag: AuditTag, login: str, role: str) -> None:
        record(self.connection, tag, actor=self.actor, subject=f"account:{login}", now=self.now, role=role)


def account_row(connection: Connection, number: int) -> AnyRow:
    """An account, held until the transaction ends, and whether its person still works here."""
    own = (Account.id, Account.login, Account.role, Account.active, Person.active.label("employed"))
    query = select(*own).outerjoin(Person, Person.id == Account.person_id).where(Account.id == number)
    return connection.execute(query.with_for_update(of=Account)).one()


def refusal(plain: Mapping[str, str], account: AnyRow) -> SignInDenied | None:
    """Why an account is not let in by a way that is set up so; None when it is."""
    # an employee's account is worth nothing without its person; no account is, of somebody who left
    gone = account.employed is False or (account.role == Role.EMPLOYEE and not account.employed)
    if gone or not account.active:
        return SignInDenied(SignInTrouble.CLOSED, login=account.login)
    if not may_come(plain, account.role):
        return SignInDenied(SignInTrouble.NOT_ALLOWED, login=account.login)
    return None
