"""Who a letter goes to, where, and in which language."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Self

from sqlalchemy import ColumnElement, Connection, exists, select, true
from sqlalchemy.orm import aliased

from portal.db.models import Account, Group, Membership, Person
from portal.domain.letters import Audience
from portal.services.letters import administrators, is_address


@dataclass(frozen=True, slots=True)
class Addressee:
    """One address; ``person`` and ``holder`` are whom the letter is about, ``name`` whom it addresses."""

    address: str
    name: str
    locale: str
    person: int = 0
    holder: str = ""


def has_address(audience: Audience) -> ColumnElement[bool]:
    """For a query of people: whether a letter about one finds a reader, as far as a database can tell an address."""
    if audience is Audience.HOLDER:
        return Person.email.like("%_@_%")
    if audience is Audience.MANAGER:
        manager = aliased(Person)
        return exists().where(manager.id == Person.manager_id, manager.active, manager.email.like("%_@_%"))
    return true()


@dataclass(frozen=True, slots=True)
class _Known:
    number: int
    name: str
    email: str
    manager: int | None
    manager_name: str
    manager_email: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses for letters about some people, asked for once."""

    people: dict[int, _Known]
    staff: tuple[Addressee, ...]
    locales: dict[int, str]
    usual: str

    @classmethod
    def of(cls, connection: Connection, people: Collection[int], usual: str) -> Self:
        """Everything needed for letters about these people."""
        known = _people(connection, people)
        readers = {*known, *(one.manager for one in known.values() if one.manager)}
        query = select(Account.person_id, Account.locale).where(Account.person_id.in_(readers), Account.locale != "")
        locales = {row.person_id: row.locale for row in connection.execute(query)}
        return cls(known, _staff(connection), locales, usual)

    def letters(self, audience: Audience, only: int | None = -1) -> Iterator[Addressee]:
        """One for each address and person the letters are about; ``only`` one person, or None for nobody."""
        if only is None:
            yield from self.staff
            return
        for one in self.people.values() if only < 0 else [self.people[only]]:
            yield from self._about(one, audience)

    def _about(self, one: _Known, audience: Audience) -> Iterator[Addressee]:
        match audience:
            case Audience.HOLDER if is_address(one.email):
                yield Addressee(one.email, one.name, self._locale(one.number), one.number, one.name)
            case Audience.MANAGER if one.manager and is_address(one.manager_email):
                yield Addressee(one.manager_email, one.manager_name, self._locale(one.manager), one.number, one.name)
            case Audience.ADMINISTRATORS:
                for each in self.staff:
                    yield Addressee(each.address, each.name, each.locale, one.number, one.name)

    def _locale(self, person: int) -> str:
        return self.locales.get(person, self.usual)


def _people(connection: Connection, numbers: Collection[int]) -> dict[int, _Known]:
    manager = aliased(Person)
    query = (
        select(Person.id, Person.name, Person.email, manager.id, manager.name, manager.email)
        .outerjoin(manager, (manager.id == Person.manager_id) & manager.active)
        .where(Person.id.in_(list(numbers)))
        .order_by(Person.id)
    )
    return {row[0]: _Known(*row) for row in connection.execute(query)}


def _staff(connection: Connection) -> tuple[Addressee, ...]:
    """Addresses of the settings, and members of their groups."""
    settings = administrators(connection)
    query = (
        select(Person.email, Person.name)
        .join(Membership, Membership.person_id == Person.id)
        .join(Group, Group.id == Membership.group_id)
        .where(Group.name.in_(settings.groups), Person.active)
        .order_by(Person.id)
    )
    found = {address: Addressee(address, "", settings.locale) for address in settings.addresses}
    for row in connection.execute(query):
        if is_address(row.email):
            found.setdefault(row.email, Addressee(row.email, row.name, settings.locale))
    return tuple(found.values())
