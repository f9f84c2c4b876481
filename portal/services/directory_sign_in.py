"""Signing in with the password of a directory outside: the directory judges it, here stands what one may do then.

A login that nobody has costs the same as one that somebody has, and hears the same when the directory is away.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from sqlalchemy import Connection, select

from portal.db.models import Connector, DirectoryLink, Group, Membership, Person
from portal.db.transaction import Database
from portal.domain.connector_health import ConnectorState
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.connectors.ldap import signs_in
from portal.domain.connectors.pairs import role_of_groups
from portal.domain.directory_sync import LinkKind
from portal.domain.errors import OutsideUnavailable
from portal.domain.ids import AccountId, ConnectorId
from portal.domain.permissions import Role
from portal.ports.clock import Clock
from portal.ports.connectors import ConnectorValues
from portal.ports.directory import DirectoryTrouble, PasswordCheck, PasswordVerdict
from portal.services.connector_watch import ConnectorWatch
from portal.services.connectors import Connectors
from portal.services.sign_in_accounts import Grades, SignInAccounts, known_roles, unknown_password

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
    name: str
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
            select(
                Person.id, Person.active, DirectoryLink.key, DirectoryLink.connector_id, Connector.name, Connector.plain
            )
            .join(DirectoryLink, DirectoryLink.local_id == Person.id)
            .join(Connector, Connector.id == DirectoryLink.connector_id)
        )
        row = connection.execute(linked.where(own, DirectoryLink.kind == LinkKind.PERSON)).one_or_none()
        if row is not None and signs_in(row.plain):
            return Asked(ConnectorId(row.connector_id), row.name, row.plain, row.key, row.id, row.active)
        any_ = select(Connector.id, Connector.name, Connector.plain).where(
            Connector.kind == ConnectorKind.DIRECTORY_LDAP
        )
        found = (one for one in connection.execute(any_.order_by(Connector.id)) if signs_in(one.plain))
        first = next(found, None)
        return Asked(ConnectorId(first.id), first.name, first.plain, _NOBODY) if first is not None else None

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
        unknown_to_all = unknown_password()
        with self.database.begin() as connection:
            accounts = SignInAccounts(connection, "directory", self.clock.now())
            grade = _grades(connection, asked)
            return accounts.of_person(asked.person or 0, grade, unknown_to_all)


def _grades(connection: Connection, asked: Asked) -> Grades:
    """What his groups give; without any, what he had, unless that came from groups too."""
    query = select(Group.name).join(Membership, Membership.group_id == Group.id)
    groups = connection.execute(query.where(Membership.person_id == asked.person)).scalars().all()
    known = known_roles(connection)
    return lambda before: role_of_groups(asked.plain, groups, before, known) or Role.EMPLOYEE.value
