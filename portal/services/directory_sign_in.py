"""Signing in with the password of a directory outside: the directory judges it, here stands what one may do then.

A login that nobody has costs the same as one that somebody has, and hears the same when the directory is away.
"""

import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import Connection, insert, select, update

from portal.db.base import AnyRow
from portal.db.models import Account, Connector, CustomRole, DirectoryLink, Group, Membership, Person
from portal.db.transaction import Database
from portal.domain.accounts import refuse_to_lock_out
from portal.domain.audit import AuditTag
from portal.domain.connector_health import ConnectorState
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.connectors.ldap import signs_in
from portal.domain.connectors.pairs import role_of_groups
from portal.domain.directory_sync import LinkKind
from portal.domain.errors import Conflict, OutsideUnavailable
from portal.domain.ids import AccountId, ConnectorId
from portal.domain.permissions import Role
from portal.ports.clock import Clock
from portal.ports.connectors import ConnectorValues
from portal.ports.directory import DirectoryTrouble, PasswordCheck, PasswordVerdict
from portal.services import passwords
from portal.services.audit import record
from portal.services.connector_watch import ConnectorWatch
from portal.services.connectors import Connectors
from portal.services.keyholders import holds_keys, keyholders

#: Nobody has it: asked for when a login is unknown, so that it takes as long.
_NOBODY: Final = "00000000-0000-0000-0000-000000000000"


class ClosableCheck(PasswordCheck, Protocol):
    """A directory that is asked once."""

    def close(self) -> None:
        """Hang up."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a directory is asked about: ``person`` is None for somebody nobody knows."""

    connector: ConnectorId
    plain: Mapping[str, str]
    key: str
    person: int | None = None
    active: bool = False


@dataclass(frozen=True, slots=True)
class DirectorySignIn:
    """Asks the directory a person follows, if it is one people sign in with."""

    database: Database
    clock: Clock
    connectors: Connectors
    watch: ConnectorWatch
    opens: Callable[[ConnectorValues], ClosableCheck]

    def about(self, connection: Connection, login_key: str, account_person: int | None, *, known: bool) -> Asked | None:
        """Whom to ask; None when no directory has a say. An account of our own follows its person, not its login."""
        own = (Person.id == account_person) if known else (Person.login_key == login_key)
        linked = (
            select(Person.id, Person.active, DirectoryLink.key, DirectoryLink.connector_id, Connector.plain)
            .join(DirectoryLink, DirectoryLink.local_id == Person.id)
            .join(Connector, Connector.id == DirectoryLink.connector_id)
        )
        row = connection.execute(linked.where(own, DirectoryLink.kind == LinkKind.PERSON)).one_or_none()
        if row is not None and signs_in(row.plain):
            return Asked(ConnectorId(row.connector_id), row.plain, row.key, row.id, row.active)
        any_ = select(Connector.id, Connector.plain).where(Connector.kind == ConnectorKind.DIRECTORY_LDAP)
        found = (one for one in connection.execute(any_.order_by(Connector.id)) if signs_in(one.plain))
        first = next(found, None)
        return Asked(ConnectorId(first.id), first.plain, _NOBODY) if first is not None else None

    def right(self, asked: Asked, password: str) -> bool:
        """Whether the directory takes this password; raises OutsideUnavailable when it cannot be asked."""
        row = self.watch.row(asked.connector)
        if row is None or row.state is ConnectorState.PAUSED or row.health.holds_back(self.clock.now()):
            raise OutsideUnavailable(DirectoryTrouble.AWAY.value)
        source = self.opens(self.connectors.values(asked.connector))
        try:
            verdict = source.check(asked.key, password)
        except OutsideUnavailable as refusal:
            self.watch.failed(asked.connector, refusal.code, refusal.data.get("detail", ""))
            raise
        finally:
            source.close()
        return verdict is PasswordVerdict.RIGHT and asked.person is not None and asked.active

    def account_of(self, asked: Asked) -> AccountId:
        """The account of somebody who proved who he is, with the role his groups give; made when he has none."""
        unknown_to_all = passwords.hashed(secrets.token_urlsafe(32))
        with self.database.begin() as connection:
            now = self.clock.now()
            person = connection.execute(select(Person.__table__).where(Person.id == asked.person)).one()
            query = select(Account.id, Account.login, Account.role).where(Account.person_id == person.id)
            account = connection.execute(query.with_for_update()).one_or_none()
            role = _role(connection, asked, account.role if account else "")
            if account is None:
                return self._made(connection, person, role, unknown_to_all, now=now)
            if role != account.role:
                self._regraded(connection, account, role, now=now)
            return AccountId(account.id)

    def _regraded(self, connection: Connection, account: AnyRow, role: str, *, now: datetime) -> None:
        """Another role for an account; the last that can put everything right keeps the one it has."""
        held = holds_keys(connection, AccountId(account.id))
        with suppress(Conflict), connection.begin_nested():
            connection.execute(update(Account).where(Account.id == account.id).values(role=role))
            self._told(connection, AuditTag.ACCOUNT_CHANGED, account.login, now, role=f"{account.role} → {role}")
            if held:
                refuse_to_lock_out(left=len(keyholders(connection)), own_before=False, own_after=False)

    def _made(
        self, connection: Connection, person: AnyRow, role: str, password_hash: str, *, now: datetime
    ) -> AccountId:
        values: dict[str, Any] = {"login": person.login_key, "name": person.name, "role": role, "active": True}
        values |= {"password_hash": password_hash, "person_id": person.id, "created_at": now}
        number = connection.execute(insert(Account).values(values).returning(Account.id)).scalar_one()
        self._told(connection, AuditTag.ACCOUNT_CREATED, person.login_key, now, role=role)
        return AccountId(number)

    def _told(self, connection: Connection, tag: AuditTag, login: str, now: datetime, *, role: str) -> None:
        record(connection, tag, actor="directory", subject=f"account:{login}", now=now, role=role)


def _role(connection: Connection, asked: Asked, before: str) -> str:
    """What his groups give; without any, what he had, unless that came from groups too."""
    query = select(Group.name).join(Membership, Membership.group_id == Group.id)
    groups = connection.execute(query.where(Membership.person_id == asked.person)).scalars().all()
    known = {role.value for role in Role} | set(connection.execute(select(CustomRole.key)).scalars())
    return role_of_groups(asked.plain, groups, before, known) or Role.EMPLOYEE.value
