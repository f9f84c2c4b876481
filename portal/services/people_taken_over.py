"""A file of people becomes rows: a handful of statements for each kind of change, however many people there are."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from portal.db import audit_chain
from portal.db.models import Group, Membership, Person
from portal.domain.audit import AuditEvent, AuditTag
from portal.domain.ids import PersonId
from portal.domain.people_columns import GROUPS, MANAGER
from portal.domain.people_decision import Decision, Known, Wanted, others_told
from portal.domain.person_data import changes, told
from portal.domain.texts import fold
from portal.services.editors import look_again
from portal.services.in_parts import batches
from portal.services.people import PersonDraft, add_people, ensure_units, store_attributes

Numbers = Mapping[str, int]

#: So many people are written at a time.
_PART: Final = 500


def take_over(
    connection: Connection, decision: Decision, token: str, *, actor: str, now: datetime, tell: Callable[[int], None]
) -> None:
    """Write everything the decision says, with a line of the log for each; ``tell`` hears how many are written."""
    added: list[PersonId] = []
    for some in _parts(decision.added):
        drafts = [PersonDraft(one.unit, one.attributes, one.groups, one.active) for one in some]
        added += add_people(connection, drafts, now)
        tell(len(added))
    for done, some in enumerate(_parts(decision.changed)):
        _change(connection, some, now)
        tell(len(added) + done * _PART + len(some))
    numbers = {fold(one.login): number for one, number in zip(decision.added, added, strict=True)}
    _set_managers(connection, decision, numbers)
    # last, for whoever writes to the log keeps everybody else from it
    events = (*_told_added(decision.added, added, actor, token), *_told_changed(decision.changed, actor, token))
    audit_chain.append_all(connection, events, now)


def _parts(people: Sequence[Wanted]) -> Iterator[Sequence[Wanted]]:
    return (people[start : start + _PART] for start in range(0, len(people), _PART))


def _change(connection: Connection, people: Collection[Wanted], now: datetime) -> None:
    known = {_number(one): one for one in people}
    store_attributes(connection, {n: one.attributes for n, one in known.items() if _differs(one)})
    units = ensure_units(connection, dict.fromkeys(one.unit for one in people))
    rows = [{"number": n, "unit": units[one.unit], "now_active": one.active} for n, one in known.items()]
    values = {"unit_id": bindparam("unit"), "active": bindparam("now_active"), "version": Person.version + 1}
    own = update(Person.__table__).where(Person.id == bindparam("number"))  # type: ignore[arg-type]
    connection.execute(own.values(values), rows)
    _regroup(connection, {n: one for n, one in known.items() if GROUPS in one.changed})
    for part in batches(sorted(known)):
        look_again(connection, Person.id.in_(part), now)


def _regroup(connection: Connection, people: Mapping[PersonId, Wanted]) -> None:
    if not people:
        return
    groups = {row.name: row.id for row in connection.execute(select(Group.id, Group.name))}
    for name in sorted({name for one in people.values() for name in one.groups} - groups.keys()):
        groups[name] = connection.execute(insert(Group).values(name=name).returning(Group.id)).scalar_one()
    for part in batches(sorted(people)):
        connection.execute(delete(Membership).where(Membership.person_id.in_(part)))
    rows = [{"person_id": n, "group_id": groups[name]} for n, one in people.items() for name in one.groups]
    if rows:
        connection.execute(insert(Membership), rows)


def _set_managers(connection: Connection, decision: Decision, numbers: Numbers) -> None:
    """Last, because a manager may have come with the same file."""
    under = [(numbers[fold(one.login)], one.manager) for one in decision.added if one.manager]
    under += [(_number(one), one.manager) for one in decision.changed if MANAGER in one.changed]
    known = dict(numbers)
    for part in batches(sorted({manager for _person, manager in under} - known.keys())):
        found = connection.execute(select(Person.id, Person.login_key).where(Person.login_key.in_(part)))
        known |= {row.login_key: row.id for row in found}
    rows = [{"number": person, "manager": known[manager] if manager else None} for person, manager in under]
    if rows:
        own = update(Person.__table__).where(Person.id == bindparam("number"))  # type: ignore[arg-type]
        connection.execute(own.values(manager_id=bindparam("manager")), rows)


def _told_added(
    people: Collection[Wanted], numbers: Collection[PersonId], actor: str, token: str
) -> Iterator[AuditEvent]:
    for one, number in zip(people, numbers, strict=True):
        what: dict[str, str | int] = {"login": one.login, "unit": " / ".join(one.unit)}
        yield AuditEvent(AuditTag.PERSON_ADDED, actor, f"person:{number}", what, token)


def _told_changed(people: Collection[Wanted], actor: str, token: str) -> Iterator[AuditEvent]:
    for one in people:
        known = _known(one)
        what: dict[str, str | int] = {change.name: told(change) for change in changes(known.attributes, one.attributes)}
        what.update(others_told(one, known))
        yield AuditEvent(AuditTag.PERSON_CHANGED, actor, f"person:{known.id}", what, token)


def _differs(one: Wanted) -> bool:
    return dict(_known(one).attributes) != dict(one.attributes)


def _number(one: Wanted) -> PersonId:
    return PersonId(_known(one).id)


def _known(one: Wanted) -> Known:
    if one.known is None:
        raise ValueError("somebody new has nothing to differ from")
    return one.known
