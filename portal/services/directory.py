"""One person of the directory at a time: taken in, changed, switched off, taken away."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from portal.db.base import AnyRow
from portal.db.models import Device, Group, LetterRow, Membership, Person, Unit
from portal.db.transaction import Database
from portal.db.words import fold
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict, InvalidInput
from portal.domain.ids import PersonId
from portal.domain.person_data import changes, completed, faults, told
from portal.ports.clock import Clock
from portal.services.agent_binding import forget_person
from portal.services.audit import record
from portal.services.directory_owned import (
    forget_followed,
    owners_of,
    refuse_followed,
    refuse_followed_groups,
)
from portal.services.editors import Editor, changed_meanwhile, hold_person, look_again
from portal.services.people import PersonDraft, add_people, forget_terms, store_attributes


@dataclass(frozen=True, slots=True)
class PersonWish:
    """A person as an editor wants him: his data, where he works, in which groups, under whom."""

    attributes: Mapping[str, str]
    unit: int
    groups: Collection[int] = field(default=())
    manager: PersonId | None = None


class Directory:
    """What people do with one person's record."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, wish: PersonWish, *, by: Editor) -> PersonId:
        """Take a person in; raises InvalidInput."""
        try:
            with self._database.begin() as connection:
                attributes = _checked(connection, wish, completed(wish.attributes), by=by)
                path = _path(connection, wish.unit)
                draft = PersonDraft(tuple(path), attributes, _names(connection, wish.groups))
                (person,) = add_people(connection, [draft], self._clock.now())
                connection.execute(update(Person).where(Person.id == person).values(manager_id=wish.manager))
                self._told(connection, AuditTag.PERSON_ADDED, person, by, login=attributes["login"], unit=_said(path))
        except IntegrityError as error:
            raise InvalidInput({"login": "taken"}) from error
        return person

    def change(self, person: PersonId, wish: PersonWish, *, version: int, by: Editor) -> bool:
        """Take over what the editor wrote; answers whether anything differs.

        Raises NotFound, InvalidInput, or Conflict when somebody else changed the person meanwhile.
        """
        try:
            with self._database.begin() as connection:
                row = hold_person(connection, person, by)
                if row.version != version:
                    raise changed_meanwhile(connection, f"person:{person}")
                attributes = completed(wish.attributes, row.attributes)
                _checked(connection, wish, attributes, by=by, row=row)
                particulars = _differences(connection, row, wish, attributes)
                _refuse_owned(connection, row, wish, particulars)
                if particulars:
                    self._store(connection, row, wish, attributes)
                    self._told(connection, AuditTag.PERSON_CHANGED, person, by, **particulars)
        except IntegrityError as error:
            raise InvalidInput({"login": "taken"}) from error
        return bool(particulars)

    def set_active(self, person: PersonId, *, active: bool, by: Editor) -> bool:
        """Switch a person off or on again; his devices stay and are looked at again. Answers whether he changed."""
        with self._database.begin() as connection:
            row = hold_person(connection, person, by)
            if row.active == active:
                return False
            refuse_followed(connection, person)
            values = {"active": active, "version": row.version + 1}
            connection.execute(update(Person).where(Person.id == person).values(values))
            look_again(connection, Person.id == person, self._clock.now())
            tag = AuditTag.PERSON_ACTIVATED if active else AuditTag.PERSON_DEACTIVATED
            self._told(connection, tag, person, by, login=row.login)
        return True

    def delete(self, person: PersonId, *, by: Editor) -> None:
        """Take a person away who holds no device and no workstation; raises Conflict that says what is his."""
        try:
            with self._database.begin() as connection:
                row = hold_person(connection, person, by)
                forget_followed(connection, person, active=row.active)
                devices = connection.execute(select(func.count()).where(Device.holder_id == person)).scalar_one()
                if devices:
                    raise Conflict("person_holds_devices", devices=str(devices))
                forget_person(connection, person, self._clock.now())
                forget_terms(connection, [person])
                connection.execute(delete(Membership).where(Membership.person_id == person))
                connection.execute(delete(LetterRow).where(LetterRow.person_id == person))
                connection.execute(update(Person).where(Person.manager_id == person).values(manager_id=None))
                connection.execute(delete(Person).where(Person.id == person))
                self._told(connection, AuditTag.PERSON_DELETED, person, by, login=row.login)
        except IntegrityError as error:
            raise Conflict("person_in_use") from error

    def _store(self, connection: Connection, row: AnyRow, wish: PersonWish, attributes: Mapping[str, str]) -> None:
        if dict(row.attributes) != dict(attributes):
            store_attributes(connection, {row.id: attributes})
        values = {"unit_id": wish.unit, "manager_id": wish.manager, "version": row.version + 1}
        connection.execute(update(Person).where(Person.id == row.id).values(values))
        connection.execute(delete(Membership).where(Membership.person_id == row.id))
        if wish.groups:
            rows = [{"person_id": row.id, "group_id": group} for group in set(wish.groups)]
            connection.execute(insert(Membership), rows)
        look_again(connection, Person.id == row.id, self._clock.now())

    def _told(self, connection: Connection, tag: AuditTag, person: int, by: Editor, **what: str) -> None:
        record(connection, tag, actor=by.login, subject=f"person:{person}", now=self._clock.now(), **what)


def _checked(
    connection: Connection, wish: PersonWish, attributes: dict[str, str], *, by: Editor, row: AnyRow | None = None
) -> dict[str, str]:
    """The data if it can be kept; raises InvalidInput by field."""
    found = faults(attributes)
    if "login" not in found and _taken(connection, attributes["login"], row):
        found["login"] = "taken"
    if not by.reaches_unit(wish.unit) or not _path(connection, wish.unit):
        found["unit"] = "not_yours"
    if wish.manager is not None and (row is not None and wish.manager == row.id):
        found["manager"] = "himself"
    elif wish.manager is not None and not _exists(connection, wish.manager):
        found["manager"] = "unknown_person"
    if len(_names(connection, wish.groups)) != len(set(wish.groups)):
        found["groups"] = "invalid"
    if found:
        raise InvalidInput(found)
    return attributes


def _taken(connection: Connection, login: str, row: AnyRow | None) -> bool:
    found = connection.execute(select(Person.id).where(Person.login_key == fold(login))).scalar_one_or_none()
    return found is not None and (row is None or found != row.id)


def _exists(connection: Connection, person: int) -> bool:
    return connection.execute(select(Person.id).where(Person.id == person)).first() is not None


def _path(connection: Connection, unit: int) -> list[str]:
    found: list[str] | None = connection.execute(select(Unit.path).where(Unit.id == unit)).scalar_one_or_none()
    return found or []


def _names(connection: Connection, groups: Collection[int]) -> list[str]:
    query = select(Group.name).where(Group.id.in_(groups)).order_by(Group.name)
    return list(connection.execute(query).scalars())


def _differences(
    connection: Connection, row: AnyRow, wish: PersonWish, attributes: Mapping[str, str]
) -> dict[str, str]:
    """What differs, as the audit log may hold it."""
    found = {change.name: told(change) for change in changes(row.attributes, attributes)}
    if row.unit_id != wish.unit:
        found["unit"] = f"{_said(_path(connection, row.unit_id))} → {_said(_path(connection, wish.unit))}"
    if row.manager_id != wish.manager:
        found["manager"] = f"{_login(connection, row.manager_id)} → {_login(connection, wish.manager)}"
    query = select(Membership.group_id).where(Membership.person_id == row.id)
    now, then = set(wish.groups), set(connection.execute(query).scalars())
    if now != then:
        added = [f"+ {name}" for name in _names(connection, now - then)]
        found["groups"] = ", ".join([*added, *(f"− {name}" for name in _names(connection, then - now))])
    return found


def _refuse_owned(connection: Connection, row: AnyRow, wish: PersonWish, changed: Collection[str]) -> None:
    """What a directory outside tells of a person, and who is in its groups, is changed there."""
    if (owner := owners_of(connection, [row.id]).get(row.id)) is not None:
        owner.refuse(changed)
    if "groups" in changed:
        query = select(Membership.group_id).where(Membership.person_id == row.id)
        refuse_followed_groups(connection, set(wish.groups) ^ set(connection.execute(query).scalars()))


def _login(connection: Connection, person: int | None) -> str:
    query = select(Person.login).where(Person.id == person)
    return connection.execute(query).scalar_one_or_none() or "—"


def _said(path: Collection[str]) -> str:
    return " / ".join(path)
