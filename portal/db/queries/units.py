"""The tree of units with how many people are in each, as far as somebody may see it."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, func, select

from portal.db.models import Person, Policy, PolicyAssignment, Unit
from portal.db.queries.remembered import remembered
from portal.db.reach import subtree, units_within
from portal.db.words import fold
from portal.domain.errors import NotFound
from portal.domain.reach import EVERYTHING, Reach

Path = tuple[str, ...]

_UNITS: Final = select(Unit.id, Unit.parent_id, Unit.name, Unit.path)


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit; ``own`` people are in it directly, ``people`` in it or anywhere below."""

    id: int
    parent_id: int | None
    name: str
    path: Path
    own: int = 0
    people: int = 0


@dataclass(frozen=True, slots=True)
class UnitCard:
    """A unit with what is in it and the policies assigned to it."""

    row: UnitRow
    children: tuple[UnitRow, ...]
    policies: tuple[str, ...]

    @property
    def empty(self) -> bool:
        return not (self.row.people or self.children or self.policies)


def unit_tree(connection: Connection, *, reach: Reach = EVERYTHING) -> tuple[UnitRow, ...]:
    """Every unit, each after the one it is in."""
    units = unit_options(connection, reach=reach)
    own = remembered(
        connection, ("units", reach), lambda: _own_people(connection, reach), lambda found: sum(found.values())
    )
    people: Counter[Path] = Counter()
    for unit in units:
        for depth in range(1, len(unit.path) + 1):
            people[unit.path[:depth]] += own.get(unit.id, 0)
    return tuple(
        UnitRow(unit.id, unit.parent_id, unit.name, unit.path, own.get(unit.id, 0), people[unit.path]) for unit in units
    )


def _own_people(connection: Connection, reach: Reach) -> dict[int, int]:
    counted = select(Person.unit_id, func.count().label("number")).group_by(Person.unit_id)
    if not reach.everything:
        counted = counted.where(Person.unit_id.in_(reach.units))
    return {row.unit_id: row.number for row in connection.execute(counted)}


def unit_options(connection: Connection, *, reach: Reach = EVERYTHING) -> tuple[UnitRow, ...]:
    """Every unit without counting anybody, each after the one it is in."""
    rows = connection.execute(_UNITS if reach.everything else _UNITS.where(*units_within(reach)))
    found = (UnitRow(row.id, row.parent_id, row.name, tuple(row.path)) for row in rows)
    return tuple(sorted(found, key=lambda unit: [fold(name) for name in unit.path]))


def unit_card(connection: Connection, number: int, *, reach: Reach = EVERYTHING) -> UnitCard:
    """One unit; raises NotFound, also for what is out of reach."""
    found = next((unit for unit in unit_options(connection, reach=reach) if unit.id == number), None)
    if found is None:
        raise NotFound("unit", id=str(number))
    whole = unit_tree(connection, reach=Reach(units=subtree(connection, [number])))
    row = next(unit for unit in whole if unit.id == number)
    query = select(Policy.name).join(PolicyAssignment, PolicyAssignment.policy_id == Policy.id)
    acting = query.where(PolicyAssignment.unit_id == number, PolicyAssignment.removed_at.is_(None)).distinct()
    policies = tuple(sorted(connection.execute(acting).scalars()))
    return UnitCard(row, tuple(unit for unit in whole if unit.parent_id == number), policies)


def narrowed(connection: Connection, reach: Reach, unit: int) -> Reach:
    """The part of a reach that lies in this unit and below it."""
    inside = subtree(connection, [unit])
    return Reach(units=inside if reach.everything else inside & reach.units)
