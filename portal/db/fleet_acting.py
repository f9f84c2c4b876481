"""Which assignment acts for each device of a part of the fleet, in the words of a statement."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, and_, case, cast, false, func, null, or_, select, true

from portal.db.base import AnySelect
from portal.db.fleet_rules import NOBODY, FleetRules, RuleTables, rule_tables
from portal.db.models import Device, Membership, Person
from portal.domain.device import UPDATABLE

HELD: Final = and_(Device.holder_id.is_not(None), Device.state.in_(sorted(UPDATABLE)))


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the fleet: those that pass the conditions; without any it is everything.

    ``holders`` are conditions on memberships that leave at least the holders of that part.
    """

    devices: tuple[ColumnElement[bool], ...] = ()
    holders: tuple[ColumnElement[bool], ...] = ()


WHOLE: Final = Part()


class FleetActing:
    """A part of the fleet under some rules at one moment."""

    def __init__(self, rules: FleetRules, now: datetime, part: Part = WHOLE) -> None:
        self._rules = rules
        self._now = now
        self._part = part
        self._tables: RuleTables = rule_tables(rules, now)
        self._won = self._winners()

    def acting(self) -> AnySelect:
        """Which assignment acts for each held device (None: none does), by its number."""
        query = select(Device.id, self._rank().label("rank"), Person.active)
        return self._joined(query.select_from(Device)).where(HELD, *self._part.devices)

    def one_by_one(self) -> AnySelect:
        """Devices no set-based rule may judge."""
        alone = or_(Device.plain == false(), Device.next_check_at <= self._now)
        return select(Device.id).where(HELD, alone, *self._part.devices)

    def _winners(self) -> Any:
        """Of the assignments to groups the strongest that reaches each of their people."""
        grouped = self._tables.grouped
        query = (
            select(Membership.person_id, func.min(grouped.c.rank).label("rank"))
            .join(Person, Person.id == Membership.person_id)
            .join(grouped, and_(grouped.c.group_id == Membership.group_id, grouped.c.unit_id == Person.unit_id))
            .where(*self._part.holders)
            .group_by(Membership.person_id)
        )
        return query.cte("won").prefix_with("MATERIALIZED")

    def _rank(self, unit: Any = Person.unit_id, won: Any = None) -> ColumnElement[Any]:
        """The number of the assignment that acts for somebody in this unit."""
        inside = [(unit.in_(units), rank) for rank, units in self._rules.units.items()]
        by_unit = case(*inside, else_=null()) if inside else cast(null(), Integer())
        return func.coalesce(self._won.c.rank if won is None else won, by_unit)

    def _joined(self, query: AnySelect) -> AnySelect:
        """Devices with their holders and what acts for groups they are in."""
        won = self._won
        query = query.join(Person, Person.id == Device.holder_id)
        return query.outerjoin(won, won.c.person_id == Device.holder_id)

    def _judged(self, query: AnySelect) -> AnySelect:
        """The devices that are judged here, with the policy that acts."""
        acting = self._tables.ranks
        pending = select(Device.id).where(Device.next_check_at <= self._now)
        # an outer join keeps its place in SQLite's order of joins, and a function keeps it an outer one
        query = self._joined(query).outerjoin(acting, acting.c.rank == self._rank())
        somebody = func.coalesce(acting.c.rank, NOBODY) != NOBODY
        judged = (Device.plain == true(), Person.active == true(), Device.id.not_in(pending), somebody)
        return query.where(HELD, *judged, *self._part.devices)
