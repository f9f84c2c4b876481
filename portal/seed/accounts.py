"""Who may sign in to the demonstration, and a role made there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from portal.bootstrap import Portal
from portal.db.models import Unit
from portal.domain.accounts import AccountDraft, Grantor, RoleDraft, Scope
from portal.domain.ids import AccountId
from portal.domain.people import Person
from portal.domain.permissions import ROLE_PERMISSIONS, Permission, Role
from portal.domain.reach import EVERYTHING
from portal.seed.cast import BELOZYOROVA, SHCHERBAKOVA, SMIRNOVA, YOLKINA
from portal.seed.organization import SALES


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """What the demonstration prints: an account, or the PIN of its tokens."""

    login: str
    password: str
    role: str


#: Whose tokens are there to be updated by themselves.
_HOLDERS: Final = (SMIRNOVA, SHCHERBAKOVA, YOLKINA, BELOZYOROVA)
#: An operator who sees the sales department and nothing else.
_LOCAL: Final = DemoLogin("sales-admin", "demo-department-2026", "local administrator")

# shown on the screen at every start; a demonstration keeps no secrets
LOGINS: Final = (
    DemoLogin("admin", "demo-admin-2026", Role.ADMINISTRATOR.value),
    DemoLogin("operator", "demo-operator-2026", Role.OPERATOR.value),
    DemoLogin("auditor", "demo-auditor-2026", Role.AUDITOR.value),
    _LOCAL,
    *(DemoLogin(who.login, f"demo-{who.login.partition('.')[2]}-2026", Role.EMPLOYEE.value) for who in _HOLDERS),
)
_NAMES: Final = {
    "admin": "Администратор",
    "operator": "Оператор",
    "auditor": "Аудитор",
    _LOCAL.login: "Администратор отдела продаж",
    **{who.login: f"{who.given} {who.surname}" for who in _HOLDERS},
}
_HELP_DESK: Final = RoleDraft(
    "Служба поддержки",
    "Помогает людям с их устройствами, ничего не выпускает и не отзывает",
    frozenset({Permission.DASHBOARD_READ, Permission.PEOPLE_READ, Permission.DEVICES_READ, Permission.UPDATES_READ}),
)


def make_accounts(portal: Portal, people: Mapping[str, Person]) -> None:
    """One account for each login, and the role."""
    made = {one.login: _make(portal, one, people.get(one.login)) for one in LOGINS}
    by = Grantor(made["admin"], "admin", ROLE_PERMISSIONS[Role.ADMINISTRATOR], EVERYTHING)
    portal.roles.create(_HELP_DESK, by=by)
    draft = AccountDraft(_NAMES[_LOCAL.login], Role.OPERATOR, _sales(portal))
    portal.account_care.change(made[_LOCAL.login], draft, version=1, by=by)


def _make(portal: Portal, one: DemoLogin, person: Person | None) -> AccountId:
    role = Role(one.role) if one.role in set(Role) else Role.OPERATOR
    holder = person.id if person else None
    return portal.accounts.create(
        login=one.login, name=_NAMES[one.login], role=role, password=one.password, person=holder
    )


def _sales(portal: Portal) -> Scope:
    with portal.database.read() as connection:
        units = connection.execute(select(Unit.id, Unit.path))
        return Scope(limited=True, units=frozenset(row.id for row in units if tuple(row.path) == SALES))
