"""Groups of the directory, who is in them, and which policies are assigned to them."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, func, select, tuple_

from portal.db.base import AnySelect
from portal.db.beside import beside
from portal.db.models import Group, Membership, Person, Policy, PolicyAssignment
from portal.db.queries.paging import COUNT_LIMIT, PAGE_SIZE, Count, Page, cut, decode, encode
from portal.db.queries.people import person_rows
from portal.db.queries.remembered import remembered
from portal.db.queries.views import PersonRow
from portal.db.reach import FEW, few_people, people_within
from portal.db.words import fold
from portal.domain.errors import NotFound
from portal.domain.reach import EVERYTHING, Reach

_MEMBERS: Final = select(Membership.group_id, func.count().label("number")).group_by(Membership.group_id)


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group with how many people within reach are in it, of how many in all, and the policies assigned to it."""

    id: int
    name: str
    members: int = 0
    policies: tuple[str, ...] = ()
    all_members: int = 0


def group_options(connection: Connection) -> tuple[GroupRow, ...]:
    """Every group by name, without counting anybody."""
    rows = connection.execute(select(Group.id, Group.name))
    return tuple(sorted((GroupRow(row.id, row.name) for row in rows), key=lambda group: fold(group.name)))


def list_groups(connection: Connection, reach: Reach) -> tuple[GroupRow, ...]:
    """Every group by name; people are counted within reach."""
    key = ("members", reach)
    members = remembered(connection, key, lambda: _members(connection, reach), lambda found: sum(found.values()))
    used = _policies(connection)
    groups = group_options(connection)
    return tuple(GroupRow(one.id, one.name, members.get(one.id, 0), used.get(one.name, ())) for one in groups)


def _members(connection: Connection, reach: Reach) -> dict[int, int]:
    return {row.group_id: row.number for row in connection.execute(_within(connection, _MEMBERS, reach))}


def _within(connection: Connection, query: AnySelect, reach: Reach) -> AnySelect:
    if reach.everything:
        return query
    within = few_people(connection, reach) or people_within(reach)
    return query.join(Person, Person.id == Membership.person_id).where(*within)


def group_row(connection: Connection, number: int, reach: Reach = EVERYTHING) -> GroupRow:
    """One group, its people counted within reach; raises NotFound."""
    name = connection.execute(select(Group.name).where(Group.id == number)).scalar_one_or_none()
    if name is None:
        raise NotFound("group", id=str(number))
    counted = select(func.count()).select_from(Membership).where(Membership.group_id == number)
    every: int = connection.execute(counted).scalar_one()
    members = every if reach.everything else connection.execute(_within(connection, counted, reach)).scalar_one()
    return GroupRow(number, name, members, _policies(connection).get(name, ()), every)


def group_members(
    connection: Connection, group: GroupRow, *, after: str | None = None, size: int = PAGE_SIZE, reach: Reach
) -> Page[PersonRow]:
    """Who is in the group, by name: a small group is looked up, a large one is met while passing through all."""
    inside = select(Membership.person_id).where(Membership.group_id == group.id)
    here = Person.id.in_(inside) if group.all_members <= FEW else beside(Person.id).in_(inside)
    within = few_people(connection, reach) or people_within(reach)
    query = select(Person.id, Person.sort_key).where(here, *within).order_by(Person.sort_key, Person.id)
    if after is not None:
        query = query.where(tuple_(Person.sort_key, Person.id) > tuple_(*decode(after, str, int)))
    rows, more = cut(connection.execute(query.limit(size + 1)).all(), size)
    place = encode(rows[-1].sort_key, rows[-1].id) if more else None
    people = person_rows(connection, [row.id for row in rows])
    return Page(people, place, _count(group, reach, first=after is None, more=more, shown=len(rows)))


def _count(group: GroupRow, reach: Reach, *, first: bool, more: bool, shown: int) -> Count:
    if first and not more:
        return Count(shown)
    if reach.everything:
        return Count(min(group.members, COUNT_LIMIT), group.members > COUNT_LIMIT)
    return Count(shown, more=True)


def _policies(connection: Connection) -> dict[str, tuple[str, ...]]:
    query = select(Policy.name, PolicyAssignment.groups).join(Policy, Policy.id == PolicyAssignment.policy_id)
    found: dict[str, set[str]] = {}
    for row in connection.execute(query.where(PolicyAssignment.removed_at.is_(None))):
        for group in row.groups:
            found.setdefault(group, set()).add(row.name)
    return {group: tuple(sorted(names)) for group, names in found.items()}
