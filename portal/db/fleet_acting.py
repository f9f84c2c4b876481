"""The devices of a part of the fleet, and which assignment acts for each, in the words of a statement."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, CompoundSelect, Connection, and_, func, select, union

from portal.db.base import AnySelect
from portal.db.beside import beside, level
from portal.db.fleet_rules import FleetRules, RuleTables
from portal.db.models import Certificate, Device, DeviceStanding, Membership, Person
from portal.db.models.certificates import IN_USE_HERE
from portal.db.models.standings import ALONE_HERE
from portal.db.standings import NO_KIT
from portal.domain.device import UPDATABLE

#: A device to be looked at by itself within this time is left alone: clocks of two processes may differ a little.
AT_ONCE: Final = timedelta(minutes=1)
#: Certificates that end are many when they are this part of the number of devices.
MANY: Final = 5


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the fleet: what stands under a policy, what people of some units hold, numbers from one to another.

    Numbers go from the one after ``above`` up to ``up_to``; without any of it is everything.
    """

    policy: int | None = None
    units: frozenset[int] | None = None
    above: int | None = None
    up_to: int | None = None

    @property
    def only_numbers(self) -> bool:
        """Whether nothing but the range says what belongs to it."""
        return self.policy is None and self.units is None

    @property
    def ranged(self) -> bool:
        """Whether it goes by numbers."""
        return self.above is not None or self.up_to is not None

    def numbers(self, number: ColumnElement[int] | Any) -> list[ColumnElement[bool]]:
        """The range, as conditions on a number of a device."""
        lower = [] if self.above is None else [number > self.above]
        return lower if self.up_to is None else [*lower, number <= self.up_to]

    def devices(self) -> list[ColumnElement[bool]]:
        """The part, as conditions on devices."""
        return [*self.numbers(Device.id), *self._of(Device.effective_policy_id, Device.holder_id)]

    def tested(self) -> list[ColumnElement[bool]]:
        """The same, for few devices found another way."""
        policy, holder = beside(Device.effective_policy_id), beside(Device.holder_id)
        return [*self.numbers(beside(Device.id)), *self._of(policy, holder)]

    def _of(self, policy: Any, holder: Any) -> list[ColumnElement[bool]]:
        found = [] if self.policy is None else [policy == self.policy]
        if self.units is not None:
            found.append(holder.in_(select(Person.id).where(Person.unit_id.in_(sorted(self.units)))))
        return found


WHOLE: Final = Part()
NOBODY: Final = -1


class FleetActing:
    """A part of the fleet under some rules at one moment.

    ``tables`` hold the rules; ``mine`` are its standings, ``won`` the number of the assignment of those for whom one
    to a group acts, ``pending`` the devices that wait for a look of their own.
    """

    def __init__(self, connection: Connection, rules: FleetRules, now: datetime, part: Part = WHOLE) -> None:
        self._connection = connection
        self._rules = rules
        self._now = now
        self._part = part
        self.tables = RuleTables(rules, connection.dialect)
        self.pending = select(Device.id).where(Device.next_check_at <= now + AT_ONCE, *part.numbers(beside(Device.id)))
        self.mine = self._standings()
        self.won = self._winners() if rules.grouped else None

    def one_by_one(self) -> CompoundSelect[Any]:
        """Devices no set-based rule may judge: they wait for a look, their kit does not tell, or nobody ever looked."""
        part, own, stands = self._part, Device, DeviceStanding
        held = (own.holder_id.is_not(None), own.state.in_(sorted(UPDATABLE)))
        waits = select(own.id).where(own.next_check_at <= self._now + AT_ONCE, *held, *part.tested())
        untold = select(stands.device_id).join(own, own.id == beside(stands.device_id))
        untold = untold.where(stands.unit_id.is_not(None), ALONE_HERE, *part.numbers(stands.device_id), *part.tested())
        if self._all_known():
            return union(waits, untold)
        known = select(stands.device_id).where(stands.device_id == own.id).exists()
        return union(waits, untold, select(own.id).where(own.holder_id.is_not(None), ~known, *part.devices()))

    def _all_known(self) -> bool:
        """To look for those nobody ever looked at takes long, and to see that there are none does not."""
        devices, standings = (
            select(func.count()).where(*self._part.numbers(number)).select_from(table).scalar_subquery()
            for table, number in ((Device, Device.id), (DeviceStanding, DeviceStanding.device_id))
        )
        return bool(self._connection.execute(select(devices == standings)).scalar_one())

    def ending(self) -> list[ColumnElement[bool]]:
        """Certificates that end before any of the rules stops to ask for them.

        Where many do, in order of their ends each would find its device on another page: they are read by device then.
        """
        own, latest = Certificate, self._rules.latest
        if self._part.ranged:
            return [beside(own.not_after) <= latest]
        if self._connection.dialect.name != "sqlite":  # PostgreSQL knows how many end when
            return [own.not_after <= latest]
        most = select(func.coalesce(func.max(DeviceStanding.device_id), 0) // MANY).scalar_subquery()
        found = select(own.id).where(own.not_after <= latest, IN_USE_HERE).limit(most).subquery()
        many = self._connection.execute(select(func.count(found.c.id) >= most)).scalar_one()
        return [own.device_id > 0, beside(own.not_after) <= latest] if many else [own.not_after <= latest]

    def _standings(self) -> Any:
        own = DeviceStanding
        if self._part.only_numbers:
            return own.__table__.alias("mine")
        query = select(own.device_id, own.holder_id, own.unit_id, own.kit, own.windows)
        query = query.where(*self._part.numbers(own.device_id))
        if self._part.policy is not None:
            query = query.where(own.device_id.in_(select(Device.id).where(*self._part.devices())))
        if self._part.units is not None:
            query = query.where(own.unit_id.in_(sorted(self._part.units)))
        return query.cte("mine").prefix_with("MATERIALIZED")

    def _winners(self) -> Any:
        """Of the assignments to groups the strongest that reaches the holder."""
        mine, grouped, own = self.mine.c, self.tables.grouped.c, Membership
        query = select(mine.device_id, mine.unit_id, mine.kit, func.min(grouped.rank).label("rank"))
        if self._part == WHOLE:
            query = query.join_from(self.tables.grouped, own, own.group_id == grouped.group_id)
            held = and_(mine.holder_id == beside(own.person_id), level(mine.unit_id, grouped.unit_id))
            query = query.join(self.mine, held)
        else:
            query = self.then(query.select_from(self.mine), own, own.person_id == mine.holder_id, own.person_id)
            inside = and_(grouped.group_id == beside(own.group_id), grouped.unit_id == mine.unit_id)
            query = self.then(query, self.tables.grouped, inside, grouped.unit_id)
        query = query.where(*self._part.numbers(mine.device_id))
        query = query.group_by(mine.device_id, mine.unit_id, mine.kit)
        return query.cte("won").prefix_with("MATERIALIZED")

    def then(self, query: AnySelect, other: Any, condition: ColumnElement[bool], never_null: Any) -> AnySelect:
        """The query joined with another table that has a row for it, after those it has already.

        SQLite keeps to that order only in outer joins, and takes one for an inner join as soon as a condition outside
        of it, but for those within a function, asks for a row of the other table.
        """
        if self._connection.dialect.name != "sqlite":
            return query.join(other, condition)
        return query.outerjoin(other, condition).where(func.coalesce(never_null, NOBODY) != NOBODY)

    def ranked(self, query: AnySelect, device: Any) -> tuple[AnySelect, ColumnElement[Any]]:
        """The query with the standings of its devices, and the number of the assignment that acts for each."""
        mine, units, won = self.mine, self.tables.units, self.won
        if device is not mine.c.device_id:
            # an outer join keeps its place in SQLite's order of joins: what is asked about comes first
            query = query.outerjoin(mine, mine.c.device_id == beside(device))
        query = query.where(*self._part.numbers(device))
        rank: ColumnElement[Any] = units.c.rank
        if won is not None:
            query = query.outerjoin(won, won.c.device_id == mine.c.device_id)
            rank = func.coalesce(won.c.rank, units.c.rank)
        return query.outerjoin(units, units.c.unit_id == mine.c.unit_id), rank

    def judged(self, query: AnySelect, device: Any) -> tuple[AnySelect, ColumnElement[Any]]:
        """The same, narrowed to devices that are judged here; nothing is found on those of a holder who left."""
        query, rank = self.ranked(query, device)
        mine = self.mine.c  # functions, which keep the join an outer one
        there = (func.coalesce(mine.unit_id, 0) != 0, func.coalesce(mine.kit, NO_KIT) != NO_KIT)
        return query.where(*there, device.not_in(self.pending)), rank
