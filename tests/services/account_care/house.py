"""A house full of accounts."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import insert, select

from portal.db.models import AuditEntry, Unit
from portal.db.queries.accounts import account_row, scope_of
from portal.db.transaction import Database
from portal.domain.accounts import AccountDraft, Grantor, RoleDraft
from portal.domain.ids import AccountId, PersonId
from portal.domain.permissions import ROLE_PERMISSIONS, Permission, Role
from portal.domain.reach import EVERYTHING
from portal.services.account_care import AccountCare
from portal.services.accounts import Accounts
from portal.services.own_account import OwnAccount
from portal.services.people import PersonDraft, add_people
from portal.services.roles import Roles
from portal.services.sessions import Sessions, Visitor
from tests.support.clock import FrozenClock

PASSWORD = "correct horse battery"
READER = RoleDraft("Читатель", "Только смотрит", frozenset({Permission.DEVICES_READ, Permission.PEOPLE_READ}))


class House:
    """Everything about accounts on one database, with one administrator."""

    def __init__(self, database: Database, clock: FrozenClock) -> None:
        self.database, self.clock = database, clock
        self.sessions = Sessions(database, clock, idle=timedelta(minutes=30), life=timedelta(hours=12))
        self.accounts = Accounts(database, clock, self.sessions)
        self.care = AccountCare(database, clock, self.sessions)
        self.own = OwnAccount(database, clock, self.sessions)
        self.roles = Roles(database, clock)
        first = self.accounts.create(login="admin", name="Первый", role=Role.ADMINISTRATOR, password=PASSWORD)
        self.admin = Grantor(first, "admin", ROLE_PERMISSIONS[Role.ADMINISTRATOR], EVERYTHING)

    def add(self, login: str, role: str = Role.OPERATOR, **more: object) -> tuple[AccountId, str]:
        return self.care.create(login, replace(AccountDraft(login.title(), role), **more), by=self.admin)  # type: ignore[arg-type]

    def change(self, account: AccountId, by: Grantor | None = None, **changed: object) -> None:
        with self.database.read() as connection:
            row, scope = account_row(connection, account), scope_of(connection, account)
        draft = AccountDraft(row.name, row.role, scope, row.person, row.active)
        self.care.change(account, replace(draft, **changed), version=row.version, by=by or self.admin)  # type: ignore[arg-type]

    def grantor(self, account: AccountId) -> Grantor:
        with self.database.read() as connection:
            row = account_row(connection, account)
        token = self.enter(account)
        found = self.sessions.find(token)
        assert found
        reach = self.sessions.limits_of(account) if row.scoped else EVERYTHING
        return Grantor(account, row.login, found.permissions, reach)

    def enter(self, account: AccountId) -> str:
        with self.database.begin() as connection:
            return self.sessions.open(connection, account, Visitor(), self.clock.now())

    def tags(self) -> list[str]:
        with self.database.read() as connection:
            return list(connection.execute(select(AuditEntry.tag).order_by(AuditEntry.id)).scalars())

    def units(self) -> tuple[int, int]:
        with self.database.begin() as connection:
            top = connection.execute(insert(Unit).values(name="А", path=["А"]).returning(Unit.id)).scalar_one()
            below = insert(Unit).values(parent_id=top, name="Б", path=["А", "Б"]).returning(Unit.id)
            return top, connection.execute(below).scalar_one()

    def person(self, login: str) -> PersonId:
        draft = PersonDraft(("А",), {"login": login, "surname": login.title(), "given_name": "Имя"})
        with self.database.begin() as connection:
            return add_people(connection, [draft], self.clock.now())[0]
