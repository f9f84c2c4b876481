"""Assignments as their pages show them, whom one reaches, and which others it meets there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, exists, select

from portal.db.base import AnyRow
from portal.db.models import Device, Group, Membership, Person, Policy, PolicyAssignment, Unit
from portal.db.queries.paging import Count, capped_count
from portal.db.queries.people import person_rows
from portal.db.queries.policy_pages import policies_within
from portal.db.queries.views import PersonRow
from portal.db.reach import devices_within
from portal.domain.effective_policy import Assignment
from portal.domain.errors import NotFound
from portal.domain.ids import AssignmentId, PolicyId
from portal.domain.reach import EVERYTHING, Reach

_FIRST = 8
#: Further ones would make the page longer, not clearer.
_MOST_RIVALS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentLine:
    """One assignment in the list; ``devices`` are those it acts for."""

    id: AssignmentId
    policy_id: PolicyId
    policy: str
    unit_id: int | None
    container: tuple[str, ...]
    groups: tuple[str, ...]
    priority: int
    version: int
    created_at: datetime
    devices: Count


@dataclass(frozen=True, slots=True)
class Rival:
    """Another assignment that reaches some of the same people; the weaker one loses there."""

    assignment: Assignment
    people: Count
    weaker: bool


@dataclass(frozen=True, slots=True)
class Reached:
    """Whom an assignment reaches: how many, the first of them, and which other assignments reach them too."""

    people: Count
    first: tuple[PersonRow, ...]
    rivals: tuple[Rival, ...]


def list_assignments(connection: Connection, *, reach: Reach = EVERYTHING) -> tuple[AssignmentLine, ...]:
    """Every assignment of a policy within reach, the strongest first."""
    query = _LINES.where(*policies_within(reach))
    found = [_line(connection, row, reach) for row in connection.execute(query)]
    return tuple(sorted(found, key=lambda one: (one.priority, -len(one.container), one.created_at, one.id)))


def assignment_line(connection: Connection, number: int) -> AssignmentLine:
    """One assignment; raises NotFound."""
    row = connection.execute(_LINES.where(PolicyAssignment.id == number)).one_or_none()
    if row is None:
        raise NotFound("assignment", id=str(number))
    return _line(connection, row, EVERYTHING)


def reached(connection: Connection, made: Assignment, others: Iterable[Assignment]) -> Reached:
    """Whom this assignment reaches, and the others it meets there, strongest first."""
    units = {tuple(row.path): row.id for row in connection.execute(select(Unit.id, Unit.path))}
    mine = _people(units, made.container, made.groups)
    query = select(Person.id).where(*mine)
    first = connection.execute(query.order_by(Person.sort_key, Person.id).limit(_FIRST)).scalars().all()
    rivals: list[Rival] = []
    for other in sorted(others, key=Assignment.strength):
        if other.id == made.id or not _meet(made.container, other.container) or len(rivals) == _MOST_RIVALS:
            continue
        both = capped_count(connection, query.where(*_people(units, other.container, other.groups)))
        if both.number:
            rivals.append(Rival(other, both, made.strength() < other.strength()))
    return Reached(capped_count(connection, query), person_rows(connection, first), tuple(rivals))


def _people(
    units: dict[tuple[str, ...], int], container: tuple[str, ...], groups: Iterable[str]
) -> tuple[ColumnElement[bool], ...]:
    conditions: list[ColumnElement[bool]] = []
    if container:
        inside = [number for path, number in units.items() if path[: len(container)] == container]
        conditions.append(Person.unit_id.in_(inside))
    names = sorted(groups)
    if names:
        own = exists().where(Membership.person_id == Person.id, Membership.group_id == Group.id, Group.name.in_(names))
        conditions.append(own)
    return tuple(conditions)


def _meet(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


_LINES = (
    select(PolicyAssignment, Policy.name, Unit.path)
    .join(Policy, Policy.id == PolicyAssignment.policy_id)
    .outerjoin(Unit, Unit.id == PolicyAssignment.unit_id)
    .where(PolicyAssignment.removed_at.is_(None))
)


def _line(connection: Connection, row: AnyRow, reach: Reach) -> AssignmentLine:
    acts = select(Device.id).where(Device.effective_assignment_id == row.id, *devices_within(reach))
    return AssignmentLine(
        id=AssignmentId(row.id),
        policy_id=PolicyId(row.policy_id),
        policy=row.name,
        unit_id=row.unit_id,
        container=tuple(row.path or ()),
        groups=tuple(row.groups),
        priority=row.priority,
        version=row.version,
        created_at=row.created_at,
        devices=capped_count(connection, acts),
    )
