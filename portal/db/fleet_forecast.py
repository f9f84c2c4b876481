"""How a part of the fleet would stand, counted: what each device needs now against what it would need."""

from collections import Counter
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Connection, Integer, case, cast, distinct, func, literal, select, union_all

from portal.db.fleet_acting import Part
from portal.db.fleet_rules import FleetRules
from portal.db.fleet_truth import FleetTruth
from portal.db.given_rows import given_rows
from portal.db.models import Device
from portal.domain.findings import NEED_BITS

_VERDICTS: Final = (("rank", Integer()), ("kit", BigInteger()), ("bits", BigInteger()))


class ForecastQuery:
    """One hypothesis over one part; devices no set-based rule may judge are told to it one by one."""

    def __init__(self, connection: Connection, rules: FleetRules, now: datetime, part: Part) -> None:
        self._connection = connection
        self._part = part
        self._truth = FleetTruth(connection, rules, now, part)
        self.alone = list(connection.execute(self._truth.one_by_one()).scalars())
        self._bits_alone: dict[int, int] = {}

    def judged_alone(self, device: int, bits: int) -> None:
        """What a device would need that was judged by itself."""
        self._bits_alone[device] = bits

    def changes(self) -> Counter[tuple[int, int]]:
        """How many devices need this now and would need that, where either is anything."""
        found: Counter[tuple[int, int]] = Counter()
        after = self._after()
        query = select(Device.need, after.c.bits, func.count()).join(after, after.c.device_id == Device.id)
        for before, bits, number in self._connection.execute(query.group_by(Device.need, after.c.bits)):
            found[before, bits] += number
        for before, number in self._due_now():
            found[before, 0] += number - sum(n for (b, _), n in found.items() if b == before)
        for device, before in self._need(self._bits_alone):
            found[before, 0] -= before > 0
            found[before, self._bits_alone[device]] += 1
        found[0, 0] = 0
        return Counter({change: number for change, number in found.items() if number > 0})

    def looked_at(self) -> int:
        """How many devices are held and may be updated."""
        mine = self._truth.mine.c
        query = select(func.count()).where(mine.unit_id.is_not(None))
        number: int = self._connection.execute(query).scalar_one()
        return number

    def orphaned(self) -> int:
        """How many would have no policy any more."""
        if all(rank is not None for rank, _ in self._truth.pairs):
            return 0
        mine = self._truth.mine.c
        query, rank = self._truth.ranked(select(func.count()).select_from(Device), Device.id)
        found = query.where(mine.unit_id.is_not(None), rank.is_(None), Device.problem == "")
        number: int = self._connection.execute(found).scalar_one()
        return number

    def touched(self) -> list[int]:
        """The devices that would need something they do not need now, by number."""
        after = self._after()
        query = select(Device.id).join(after, after.c.device_id == Device.id)
        more = after.c.bits.bitwise_and(Device.need.bitwise_not()) != 0
        found = list(self._connection.execute(query.where(more)).scalars())
        found += [device for device, before in self._need(self._bits_alone) if self._bits_alone[device] & ~before]
        return sorted(found)

    def _after(self) -> Any:
        """What each device judged here would need; only those that would need anything."""
        truth, mine = self._truth, self._truth.mine.c
        rows = [(rank, kit, one.need) for (rank, kit), one in truth.verdicts.items() if one.need]
        given = given_rows(self._connection.dialect, "verdicts", _VERDICTS, rows)
        own = self._own_bits()
        query, rank = truth.judged(select(mine.device_id).select_from(truth.mine), mine.device_id)
        query = query.outerjoin(given, (given.c.rank == rank) & (given.c.kit == mine.kit))
        query = query.outerjoin(own, own.c.device_id == mine.device_id)
        bits = func.coalesce(given.c.bits, 0).bitwise_or(func.coalesce(own.c.bits, 0))
        return query.add_columns(bits.label("bits")).where(bits != 0).subquery("after")

    def _own_bits(self) -> Any:
        """What each device would need beside what its kit does."""
        found = union_all(*self._truth.own_findings()).subquery("would")
        bits = case({reason: literal(bit) for reason, bit in NEED_BITS.items()}, value=found.c.reason, else_=0)
        summed = cast(func.sum(distinct(bits)), BigInteger).label("bits")
        return select(found.c.device_id, summed).group_by(found.c.device_id).cte("own").prefix_with("MATERIALIZED")

    def _due_now(self) -> list[tuple[int, int]]:
        query = select(Device.need, func.count()).where(Device.need > 0, *self._part.devices()).group_by(Device.need)
        return [(row[0], row[1]) for row in self._connection.execute(query)]

    def _need(self, devices: Any) -> list[tuple[int, int]]:
        if not devices:
            return []
        query = select(Device.id, Device.need).where(Device.id.in_(list(devices)))
        return [(row.id, row.need) for row in self._connection.execute(query)]
