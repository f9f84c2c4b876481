"""How a part of the fleet would stand, counted: what each device needs now against what it would need.

Most devices are counted by the cell they are in, a unit and a kit: what the kit makes of them is known, and they need
nothing now. Only who is due, whom an assignment to a group reaches, and whose own certificates or peculiarities tell
more are looked at one by one.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Connection,
    Integer,
    and_,
    case,
    cast,
    distinct,
    func,
    literal,
    select,
    union,
    union_all,
)
from sqlalchemy import null as nothing

from portal.db.base import AnySelect
from portal.db.fleet_acting import WHOLE, Part
from portal.db.fleet_rules import FleetRules
from portal.db.fleet_truth import FleetTruth, Place
from portal.db.fleet_verdicts import Pair
from portal.db.given_rows import given_rows
from portal.db.models import IS_DUE, Device
from portal.domain.findings import NEED_BITS

_PLACES: Final = (("place", BigInteger()), ("kit", BigInteger()), ("bits", Integer()))
_REACHED, _DUE, _OWN = range(3)


@dataclass(slots=True)
class _Counted:
    """Devices by assignment and kit: all, those that need something now, those that would beside what the kit does."""

    all: Counter[Pair] = field(default_factory=Counter)
    due: Counter[tuple[Pair, int]] = field(default_factory=Counter)
    own: Counter[tuple[Pair, int, int]] = field(default_factory=Counter)


class ForecastQuery:
    """One hypothesis over one part; devices no set-based rule may judge are told to it one by one.

    A part that is no range is taken out of the whole by units, or by the assignments of the policy it is under.
    """

    def __init__(self, connection: Connection, rules: FleetRules, now: datetime, part: Part) -> None:
        self._connection = connection
        self._part = part
        self._acting = rules.units
        self._ranks = None if part.policy is None else rules.of_policy(part.policy)
        self.alone = list(connection.execute(FleetTruth(connection, rules, now, part).one_by_one()).scalars())
        wanted = rules if self._ranks is None else rules.only(self._ranks)
        self._truth = FleetTruth(connection, wanted, now, part if part.ranged else WHOLE)
        self._bits_alone: dict[int, int] = {}

    def judged_alone(self, device: int, bits: int) -> None:
        """What a device would need that was judged by itself."""
        self._bits_alone[device] = bits

    def changes(self) -> Counter[tuple[int, int]]:
        """How many devices need this now and would need that, where either is anything."""
        counted, found = self._counted, Counter[tuple[int, int]]()
        for pair, number in counted.all.items():
            found[0, self._would(pair)] += number
        for (pair, before), number in counted.due.items():
            found[0, self._would(pair)] -= number
            found[before, self._would(pair)] += number
        for (pair, before, bits), number in counted.own.items():
            found[before, self._would(pair)] -= number
            found[before, self._would(pair) | bits] += number
        for device, before in self._need(self._bits_alone):
            found[before, self._bits_alone[device]] += 1
        found[0, 0] = 0
        return Counter({change: number for change, number in found.items() if number > 0})

    def looked_at(self) -> int:
        """How many devices are held and may be updated."""
        return self._counted.all.total() + len(self.alone)

    def orphaned(self) -> int:
        """How many would have no policy any more."""
        without = {unit for unit, _ in self._truth.cells if unit not in self._acting}
        if self._ranks is not None or not without:
            return 0
        mine, won = self._truth.mine.c, self._truth.won
        lost = select(func.count()).select_from(self._truth.mine).join(Device, Device.id == mine.device_id)
        lost = lost.where(mine.unit_id.in_(sorted(self._here(without))), Device.problem == "")
        if won is not None:
            lost = lost.where(mine.device_id.not_in(select(won.c.device_id)))
        number: int = self._connection.execute(lost).scalar_one()
        return number

    def touched(self) -> list[int]:
        """The devices that would need something they do not need now, by number."""
        found = set(self._connection.execute(union(*self._needing_more())).scalars())
        found.update(device for device, before in self._need(self._bits_alone) if self._bits_alone[device] & ~before)
        return sorted(found)

    # ── counted ──

    @cached_property
    def _counted(self) -> _Counted:
        counted = _Counted()
        units = self._here(unit for unit, _ in self._truth.cells)
        for unit, kit, number in self._connection.execute(self._by_cell()):
            if unit in units:
                counted.all[self._acting.get(unit), kit] += number
        for row in self._connection.execute(union_all(*self._by_device())):
            if row.unit in units:
                self._count(counted, row)
        if self._ranks is not None:
            self._narrow(counted, self._ranks)
        return counted

    def _here(self, units: Any) -> set[int]:
        within = self._part.units
        return {unit for unit in units if within is None or unit in within}

    def _count(self, counted: _Counted, row: Any) -> None:
        pair = (row.rank, row.kit)
        if row.what == _REACHED:
            counted.all[self._acting.get(row.unit), row.kit] -= row.number
            counted.all[pair] += row.number
        elif row.what == _DUE:
            counted.due[pair, row.need] += row.number
        else:
            counted.own[pair, row.need, row.bits] += row.number

    @staticmethod
    def _narrow(counted: _Counted, ranks: frozenset[int]) -> None:
        counted.all = Counter({pair: number for pair, number in counted.all.items() if pair[0] in ranks})
        counted.due = Counter({key: number for key, number in counted.due.items() if key[0][0] in ranks})
        counted.own = Counter({key: number for key, number in counted.own.items() if key[0][0] in ranks})

    def _by_cell(self) -> AnySelect:
        mine = self._truth.mine.c
        query = select(mine.unit_id, mine.kit, func.count()).where(mine.unit_id.is_not(None), mine.kit.is_not(None))
        return query.where(mine.device_id.not_in(self._truth.pending)).group_by(mine.unit_id, mine.kit)

    def _by_device(self) -> Iterator[AnySelect]:
        """What the count by cells does not tell, in one statement: whom assignments to groups reach is found once."""
        truth, mine, own = self._truth, self._truth.mine.c, self._own_bits()
        if truth.won is not None:
            won = truth.won.c
            others = (won.kit.is_not(None), won.device_id.not_in(truth.pending))
            yield _row(_REACHED, (won.unit_id, won.rank, won.kit), need=nothing(), bits=nothing()).where(*others)
        judged = (IS_DUE, func.coalesce(mine.unit_id, 0) != 0, mine.kit.is_not(None), Device.id.not_in(truth.pending))
        query, rank = truth.ranked(select(Device.id).select_from(Device), Device.id)
        place = (mine.unit_id, rank, mine.kit)
        yield _row(_DUE, place, query, need=Device.need, bits=nothing()).where(*judged)
        query = select(own.c.device_id).join_from(own, Device, Device.id == own.c.device_id)
        yield _row(_OWN, (own.c.unit, own.c["rank"], own.c.kit), query, need=Device.need, bits=own.c.bits)

    def _would(self, pair: Pair) -> int:
        return self._truth.verdicts[pair].need

    def _own_bits(self) -> Any:
        """What each device would need beside what its kit does; its place is known by then, and not looked up again."""
        found = union_all(*(_reasons(query, place) for query, place in self._truth.own_placed())).subquery("would")
        bits = case({reason: literal(bit) for reason, bit in NEED_BITS.items()}, value=found.c.reason, else_=0)
        # PostgreSQL need not sort for it
        summed = func.bit_or(bits) if self._connection.dialect.name == "postgresql" else func.sum(distinct(bits))
        whose = (found.c.device_id, found.c.unit, found.c["rank"], found.c.kit)
        query = select(*whose, cast(summed, BigInteger).label("bits")).group_by(*whose)
        return query.cte("own").prefix_with("MATERIALIZED")

    # ── one by one ──

    def _needing_more(self) -> Iterator[AnySelect]:
        """By what their kit does, and by what is found of themselves."""
        truth, own = self._truth, self._own_bits()
        mine, won, units = truth.mine, truth.won, self._acting
        pairs = truth.verdicts.items()
        of_units = [(unit, kit, truth.verdicts[units.get(unit), kit].need) for unit, kit in truth.cells]
        query = self._more("units", of_units, mine, mine.c.unit_id)
        yield query if won is None else query.where(mine.c.device_id.not_in(select(won.c.device_id)))
        if won is not None:
            of_groups = [(rank, kit, one.need) for (rank, kit), one in pairs if rank is not None]
            yield self._more("groups", of_groups, won, won.c.rank)
        more = own.c.bits.bitwise_and(Device.need.bitwise_not()) != 0
        yield select(Device.id).select_from(own).join(Device, Device.id == own.c.device_id).where(more)

    def _more(self, name: str, rows: list[tuple[Any, int, int]], devices: Any, place: Any) -> AnySelect:
        given = given_rows(self._connection.dialect, f"would_{name}", _PLACES, [row for row in rows if row[2]])
        here = and_(given.c.place == place, given.c.kit == devices.c.kit)
        query = select(Device.id).select_from(devices).join(given, here).join(Device, Device.id == devices.c.device_id)
        more = given.c.bits.bitwise_and(Device.need.bitwise_not()) != 0
        inside = self._part.numbers(devices.c.device_id)
        return query.where(more, *inside, devices.c.device_id.not_in(self._truth.pending))

    def _need(self, devices: Any) -> list[tuple[int, int]]:
        if not devices:
            return []
        query = select(Device.id, Device.need).where(Device.id.in_(list(devices)))
        return [(row.id, row.need) for row in self._connection.execute(query)]


def _reasons(findings: AnySelect, place: Place) -> AnySelect:
    """Of findings only whose and why: the rest would open rows."""
    told, (unit, rank, kit) = findings.selected_columns, place
    where = (unit.label("unit"), rank.label("rank"), kit.label("kit"))
    return findings.with_only_columns(told.device_id, told.reason, *where)


def _row(what: int, place: Place, query: AnySelect | None = None, *, need: Any, bits: Any) -> AnySelect:
    """How many devices there are at each place, with these needs."""
    unit, rank, kit = place
    told = [unit.label("unit"), rank.label("rank"), kit.label("kit")]
    told += [cast(need, Integer).label("need"), cast(bits, Integer).label("bits")]
    counted = [literal(what, Integer()).label("what"), *told, func.count().label("number")]
    query = select(*counted) if query is None else query.with_only_columns(*counted)
    return query.group_by(unit, rank, kit, cast(need, Integer), cast(bits, Integer))
