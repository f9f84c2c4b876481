"""People of the directory: taken in, changed, and the policy that acts for each."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from portal.db import snapshots
from portal.db.models import Device, Group, Membership, Person, SearchTerm, TermKind, Unit
from portal.db.transaction import Database
from portal.db.words import fold, person_keys, person_words
from portal.domain.effective_policy import EffectivePolicy, effective_policy
from portal.domain.ids import PersonId
from portal.domain.texts import address_key


@dataclass(frozen=True, slots=True)
class PersonDraft:
    """A person to take in; ``attributes`` must hold login, surname and given_name."""

    container: tuple[str, ...]
    attributes: Mapping[str, str]
    groups: Collection[str] = field(default=())
    active: bool = True


class People:
    """Questions about people that need a rule, not only a query."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def policy_for(self, person: PersonId) -> EffectivePolicy:
        """The policy that acts for this person and why; raises NoPolicy or NotFound."""
        with self._database.read() as connection:
            return effective_policy(snapshots.person(connection, person), snapshots.assignments(connection))


def ensure_units(connection: Connection, paths: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], int]:
    """The numbers of these units, made with their parents where they are missing."""
    known = {tuple(row.path): row.id for row in connection.execute(select(Unit.id, Unit.path))}
    for path in paths:
        for depth in range(1, len(path) + 1):
            here = path[:depth]
            if here not in known:
                values = {"parent_id": known.get(here[:-1]), "name": here[-1], "path": list(here)}
                known[here] = connection.execute(insert(Unit).values(values).returning(Unit.id)).scalar_one()
    return known


def add_people(connection: Connection, drafts: Collection[PersonDraft], now: datetime) -> list[PersonId]:
    """Take people in, with their groups and the words they are found by; answers their numbers in order."""
    units = ensure_units(connection, dict.fromkeys(draft.container for draft in drafts))
    rows = [_row(draft, units[draft.container], now) for draft in drafts]
    added = connection.execute(insert(Person).returning(Person.id, sort_by_parameter_order=True), rows)
    numbers = [PersonId(number) for number in added.scalars()]
    _add_terms(connection, zip(numbers, (draft.attributes for draft in drafts), strict=True))
    _add_memberships(connection, zip(numbers, (draft.groups for draft in drafts), strict=True))
    return numbers


def change_attributes(connection: Connection, person: PersonId, attributes: Mapping[str, str], now: datetime) -> None:
    """Take over fresh data of a person; his devices are looked at again at once."""
    store_attributes(connection, {person: attributes})
    connection.execute(update(Device).where(Device.holder_id == person).values(next_check_at=now))


def store_attributes(connection: Connection, given: Mapping[PersonId, Mapping[str, str]]) -> None:
    """Replace the data of people, and the words they are found by."""
    if not given:
        return
    rows = [{"number": number, **_columns(attributes)} for number, attributes in given.items()]
    change = update(Person.__table__).where(Person.id == bindparam("number"))  # type: ignore[arg-type]
    connection.execute(change, rows)
    forget_terms(connection, given)
    _add_terms(connection, given.items())


def forget_terms(connection: Connection, people: Iterable[PersonId]) -> None:
    """Take away the words these people are found by."""
    own = (SearchTerm.entity_id == bindparam("number")) & (SearchTerm.kind == TermKind.PERSON)
    words = delete(SearchTerm.__table__).where(own)  # type: ignore[arg-type]
    connection.execute(words, [{"number": one} for one in people])


def _row(draft: PersonDraft, unit: int, now: datetime) -> dict[str, object]:
    return {"unit_id": unit, "active": draft.active, "created_at": now, **_columns(draft.attributes)}


def _columns(attributes: Mapping[str, str]) -> dict[str, object]:
    names = (attributes.get(name, "") for name in ("surname", "given_name", "middle_name"))
    shown = {name: attributes.get(name, "") for name in ("login", "email", "title")}
    search_key, sort_key = person_keys(attributes)
    keys = {"search_key": search_key, "sort_key": sort_key, "login_key": fold(shown["login"])}
    keys |= {f"{name}_key": address_key(attributes.get(name, "")) for name in ("email", "upn")}
    return {**shown, **keys, "name": " ".join(name for name in names if name), "attributes": dict(attributes)}


def _add_terms(connection: Connection, people: Iterable[tuple[int, Mapping[str, str]]]) -> None:
    rows = [
        {"kind": TermKind.PERSON, "term": word, "entity_id": number}
        for number, attributes in people
        for word in person_words(attributes)
    ]
    if rows:
        connection.execute(insert(SearchTerm), rows)


def _add_memberships(connection: Connection, people: Iterable[tuple[int, Collection[str]]]) -> None:
    wanted = list(people)
    known = {row.name: row.id for row in connection.execute(select(Group.id, Group.name))}
    for name in sorted({name for _, names in wanted for name in names} - known.keys()):
        known[name] = connection.execute(insert(Group).values(name=name).returning(Group.id)).scalar_one()
    rows = [{"person_id": number, "group_id": known[name]} for number, names in wanted for name in set(names)]
    if rows:
        connection.execute(insert(Membership), rows)
