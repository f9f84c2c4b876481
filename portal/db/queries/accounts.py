"""Accounts and roles as pages list them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, func, or_, select

from portal.db.base import AnyRow, AnySelect
from portal.db.models import Account, AccountPolicy, AccountUnit, CustomRole, Person, Policy, Unit
from portal.db.queries.paging import PAGE_SIZE, Page, capped_count, cut, decode, encode
from portal.db.words import fold
from portal.domain.accounts import Scope
from portal.domain.errors import NotFound
from portal.domain.ids import AccountId, PersonId
from portal.domain.permissions import ROLE_PERMISSIONS, Permission, Role

_MANY: Final = 1000


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """What the list is narrowed to; ``active`` None means all."""

    text: str = ""
    role: str = ""
    active: bool | None = None


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account in a list; ``role_name`` is that of a role made here. Never its password."""

    id: AccountId
    login: str
    name: str
    role: str
    role_name: str
    active: bool
    scoped: bool
    person: PersonId | None
    person_name: str
    person_login: str
    must_change_password: bool
    password_ends_at: datetime | None
    last_signed_in_at: datetime | None
    created_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role; ``name`` and ``description`` are empty for one that comes with the product."""

    key: str
    name: str
    description: str
    permissions: frozenset[Permission]
    built_in: bool
    version: int
    accounts: int


@dataclass(frozen=True, slots=True)
class Named:
    """A unit or a policy an account may be limited to; ``depth`` is the unit's place in the tree."""

    id: int
    name: str
    depth: int = 0


_ROWS: Final = (
    select(Account.id, Account.login, Account.name, Account.role, Account.active, Account.scoped, Account.person_id)
    .add_columns(Account.must_change_password, Account.password_ends_at, Account.last_signed_in_at)
    .add_columns(Account.created_at, Account.version, CustomRole.name.label("role_name"))
    .add_columns(Person.name.label("person_name"), Person.login.label("person_login"))
    .outerjoin(CustomRole, CustomRole.key == Account.role)
    .outerjoin(Person, Person.id == Account.person_id)
)
_OF_PERSON: Final = _ROWS.where(Account.person_id == bindparam("person"))


def list_accounts(
    connection: Connection, wanted: AccountFilter, *, after: str | None = None, size: int = PAGE_SIZE
) -> Page[AccountRow]:
    """One page of accounts by login."""
    query = _filtered(_ROWS, wanted)
    page = query.order_by(Account.login).limit(size + 1)
    if after is not None:
        page = page.where(Account.login > decode(after, str)[0])
    rows, more = cut(connection.execute(page).all(), size)
    place = encode(rows[-1].login) if more else None
    return Page(tuple(map(_row, rows)), place, capped_count(connection, _filtered(select(Account.id), wanted)))


def account_row(connection: Connection, number: int) -> AccountRow:
    """The account with this number; raises NotFound."""
    row = connection.execute(_ROWS.where(Account.id == number)).one_or_none()
    if row is None:
        raise NotFound("account", id=str(number))
    return _row(row)


def account_of_person(connection: Connection, person: int) -> AccountRow | None:
    """The account of a person of the directory, if he has one."""
    row = connection.execute(_OF_PERSON, {"person": person}).one_or_none()
    return None if row is None else _row(row)


def scope_of(connection: Connection, number: int) -> Scope:
    """What the account is limited to, as it was given; raises NotFound."""
    row = account_row(connection, number)
    units = select(AccountUnit.unit_id).where(AccountUnit.account_id == number)
    policies = select(AccountPolicy.policy_id).where(AccountPolicy.account_id == number)
    return Scope(
        limited=row.scoped,
        units=frozenset(connection.execute(units).scalars()),
        policies=frozenset(connection.execute(policies).scalars()),
    )


def scope_options(connection: Connection) -> tuple[tuple[Named, ...], tuple[Named, ...]]:
    """Units in the order of the tree, and policies by name."""
    units = sorted(connection.execute(select(Unit.id, Unit.name, Unit.path).limit(_MANY)), key=lambda row: row.path)
    policies = connection.execute(select(Policy.id, Policy.name).order_by(Policy.name).limit(_MANY))
    return (
        tuple(Named(row.id, row.name, len(row.path) - 1) for row in units),
        tuple(Named(row.id, row.name) for row in policies),
    )


def role_rows(connection: Connection) -> tuple[RoleRow, ...]:
    """Every role: those of the product, then those made here by name, each with how many accounts hold it."""
    held = {row[0]: row[1] for row in connection.execute(select(Account.role, func.count()).group_by(Account.role))}
    own = CustomRole
    rows = connection.execute(select(own.key, own.name, own.description, own.permissions, own.version))
    made = sorted(rows, key=lambda row: fold(row.name))
    return tuple(_built_in(role, held.get(role.value, 0)) for role in Role) + tuple(
        RoleRow(
            key=row.key,
            name=row.name,
            description=row.description,
            permissions=known(row.permissions),
            built_in=False,
            version=row.version,
            accounts=held.get(row.key, 0),
        )
        for row in made
    )


def _built_in(role: Role, accounts: int) -> RoleRow:
    return RoleRow(
        key=role.value,
        name="",
        description="",
        permissions=ROLE_PERMISSIONS[role],
        built_in=True,
        version=0,
        accounts=accounts,
    )


def role_row(connection: Connection, key: str) -> RoleRow:
    """The role with this key; raises NotFound."""
    found = next((row for row in role_rows(connection) if row.key == key), None)
    if found is None:
        raise NotFound("role", key=key)
    return found


def holders_of(connection: Connection, role: str, *, some: int = 20) -> tuple[AccountRow, ...]:
    """The first accounts that hold a role, by login."""
    rows = connection.execute(_ROWS.where(Account.role == role).order_by(Account.login).limit(some))
    return tuple(map(_row, rows))


def known(stored: Collection[str]) -> frozenset[Permission]:
    """Permissions by their names; what this version does not know is left out."""
    return frozenset(one for one in Permission if one.value in stored)


def _filtered(query: AnySelect, wanted: AccountFilter) -> AnySelect:
    if text := wanted.text:
        # SQLite knows no case of Cyrillic letters: names are tried as people write them
        names = dict.fromkeys((text, text.lower(), text.capitalize(), text.title()))
        tried = [Account.name.like(f"%{_escaped(name)}%", escape="/") for name in names]
        query = query.where(or_(Account.login.like(f"%{_escaped(fold(text))}%", escape="/"), *tried))
    if wanted.role:
        query = query.where(Account.role == wanted.role)
    if wanted.active is not None:
        query = query.where(Account.active.is_(wanted.active))
    return query


def _escaped(text: str) -> str:
    return text.replace("/", "//").replace("%", "/%").replace("_", "/_")


def _row(row: AnyRow) -> AccountRow:
    return AccountRow(
        id=AccountId(row.id),
        login=row.login,
        name=row.name,
        role=row.role,
        role_name=row.role_name or "",
        active=row.active,
        scoped=row.scoped,
        person=None if row.person_id is None else PersonId(row.person_id),
        person_name=row.person_name or "",
        person_login=row.person_login or "",
        must_change_password=row.must_change_password,
        password_ends_at=row.password_ends_at,
        last_signed_in_at=row.last_signed_in_at,
        created_at=row.created_at,
        version=row.version,
    )
