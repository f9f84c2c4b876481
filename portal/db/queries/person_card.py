"""The card of one person: who, where, in which groups, under which policy and why, with which devices."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, select

from portal.db import snapshots
from portal.db.models import Group, Membership, Person
from portal.db.queries.audit import AuditRow, newest_lines
from portal.db.queries.people import person_rows
from portal.db.queries.policies import ActingPolicy, acting_policy
from portal.db.queries.views import PersonRow
from portal.domain.errors import NotFound
from portal.domain.reach import EVERYTHING, Reach

#: The newest changes stand on the card, the others in the log.
_HISTORY: Final = 8
_OWN: Final = select(Person.unit_id, Person.version, Person.manager_id).where(Person.id == bindparam("number"))
_GROUPS: Final = (
    select(Group.id, Group.name)
    .join(Membership, Membership.group_id == Group.id)
    .where(Membership.person_id == bindparam("number"))
    .order_by(Group.name)
)


@dataclass(frozen=True, slots=True)
class GroupName:
    """A group the person is in."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class PersonCard:
    """Everything the card shows; ``acting`` is None when no policy reaches the person.

    ``version`` tells later whether somebody else changed him; ``history`` is what the audit log says of him.
    """

    row: PersonRow
    attributes: Mapping[str, str]
    groups: tuple[str, ...]
    acting: ActingPolicy | None
    unit_id: int
    version: int
    manager: PersonRow | None
    manager_in_reach: bool
    group_rows: tuple[GroupName, ...]
    history: tuple[AuditRow, ...]


def person_card(connection: Connection, number: int, *, reach: Reach = EVERYTHING) -> PersonCard:
    """The card of the person with this number; raises NotFound, also when he is out of reach."""
    rows = person_rows(connection, [number], reach=reach)
    if not rows:
        raise NotFound("person", id=str(number))
    person = snapshots.person(connection, number)
    own = connection.execute(_OWN, {"number": number}).one()
    memberships = connection.execute(_GROUPS, {"number": number})
    manager = person_rows(connection, [own.manager_id]) if own.manager_id is not None else ()
    return PersonCard(
        row=rows[0],
        attributes=person.attributes,
        groups=tuple(sorted(person.groups)),
        acting=acting_policy(connection, person),
        unit_id=own.unit_id,
        version=own.version,
        manager=manager[0] if manager else None,
        manager_in_reach=bool(manager) and bool(person_rows(connection, [manager[0].id], reach=reach)),
        group_rows=tuple(GroupName(group.id, group.name) for group in memberships),
        history=newest_lines(connection, f"person:{number}", some=_HISTORY),
    )
