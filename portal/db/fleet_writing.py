"""A part of the fleet judged and what differs written down, in a few statements: no row leaves the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Dialect,
    Integer,
    String,
    and_,
    case,
    cast,
    delete,
    distinct,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from portal.db.base import ENUM_LENGTH, AnySelect, UtcTime
from portal.db.beside import beside
from portal.db.fleet_acting import Part
from portal.db.fleet_rules import FleetRules
from portal.db.fleet_tables import ACTING, ALL, CHANGED, FOUND, JUDGED, KEY, NEEDED, REST, WON, emptied, empty_found
from portal.db.fleet_truth import GOOD, FleetTruth
from portal.db.given_rows import given_rows
from portal.db.models import Certificate, Device, DeviceFinding, DeviceStanding
from portal.db.models.certificates import IN_USE_HERE
from portal.domain.findings import NEED_BITS, UpdateReason

_NEED: Final = case({reason: literal(bit) for reason, bit in NEED_BITS.items()}, value=FOUND.c.reason, else_=0)
_NOBODY: Final = -1
_WINDOWED: Final = (("device_id", BigInteger()), ("windows", BigInteger()), ("rank", Integer()))
_VERDICTS: Final = (
    *(("rank", Integer()), ("kit", BigInteger()), ("problem", String(ENUM_LENGTH)), ("policy", BigInteger())),
    *(("assignment", BigInteger()), ("windows", BigInteger())),
)


class FleetWriting:
    """A part of the fleet under some rules, to be written down; the transaction sees one state of the database."""

    def __init__(self, connection: Connection, rules: FleetRules, now: datetime, part: Part) -> None:
        self._connection = connection
        self._now = now
        self._part = part
        self._truth = FleetTruth(connection, rules, now, part)

    def write(self) -> int:
        """Write what differs; answers how many devices' rows did. What may not be judged here is looked at next."""
        alone = list(self._connection.execute(self._truth.one_by_one()).scalars())
        self._keep_winners()
        self._find()
        given = given_rows(self._connection.dialect, "alone", (("id", BigInteger()),), [(one,) for one in alone])
        self._not_alone = select(given.c.id)
        self._replace_findings()
        self._compare()
        changed = self._change_devices()
        self._change_moments()
        if alone:
            soon = update(Device).where(Device.id.in_(alone)).values(next_check_at=self._now)
            self._connection.execute(soon)
        return changed

    def _keep_winners(self) -> None:
        won = self._truth.won
        if won is not None:
            emptied(self._connection, WON)
            names = [column.name for column in WON.c]
            self._connection.execute(insert(WON).from_select(names, select(*(won.c[name] for name in names))))
            self._truth.won = WON

    def _find(self) -> None:
        empty_found(self._connection)
        found = self._truth.findings().subquery("found_now")
        query = select(*_columns(found)).where(found.c.device_id > 0)
        if self._connection.dialect.name == "postgresql":
            # its rows have no key here: to keep one takes longer than to sort them once
            rows = insert(FOUND).from_select(ALL, query.ext(postgresql.distinct_on(*(found.c[name] for name in KEY))))
        else:
            rows = _insert(self._connection, FOUND).from_select(ALL, query).on_conflict_do_nothing()
        self._connection.execute(rows)

    def _replace_findings(self) -> None:
        stored, found = DeviceFinding, FOUND.c
        key = [getattr(stored, name) == found[name] for name in KEY]
        same = exists().where(*key, *(getattr(stored, name).is_not_distinct_from(found[name]) for name in REST))
        mine = [*self._part.numbers(stored.device_id), stored.device_id.not_in(self._not_alone)]
        if not self._part.only_numbers:
            mine.append(stored.device_id.in_(select(Device.id).where(*self._part.devices())))
        gone, new = (
            select(stored.device_id).where(*mine, ~same),
            select(FOUND.c.device_id).where(~same.correlate(FOUND)),
        )
        self._hold(gone.union(new))
        self._connection.execute(delete(stored).where(*mine, ~same))
        self._connection.execute(self._added(key))

    def _added(self, key: Sequence[ColumnElement[bool]]) -> Any:
        """What is not there yet, written; PostgreSQL had better ask first, and SQLite looks for the place only once."""
        found = select(*_columns(FOUND))
        if self._connection.dialect.name == "postgresql":
            return insert(DeviceFinding).from_select(ALL, found.where(~exists().where(*key).correlate(FOUND)))
        every = found.where(FOUND.c.device_id > 0)  # a condition, so that SQLite can read what follows it
        return _insert(self._connection, DeviceFinding).from_select(ALL, every).on_conflict_do_nothing()

    def _hold(self, devices: Any) -> None:
        """Let nobody change these meanwhile, of whom the row itself may stay as it is; SQLite lets nobody in anyway."""
        if self._connection.dialect.name == "postgresql":
            query = select(Device.id).where(Device.id.in_(devices)).order_by(Device.id)
            self._connection.execute(query.with_for_update(key_share=True))

    def _change_devices(self) -> int:
        """The rows of the devices themselves, where they say something else."""
        table = CHANGED.c
        written = update(Device).where(Device.id == beside(table.device_id))
        needed = written.where(table.needed, ~table.acting).values({name: table[name] for name in NEEDED})
        acting = written.where(table.acting).values({name: table[name] for name in JUDGED})
        return sum(self._connection.execute(query).rowcount for query in (needed, acting))

    def _compare(self) -> None:
        """Find of whom something is to be written."""
        emptied(self._connection, CHANGED)
        judged = self._judged().subquery("judged")
        values = [judged.c.device_id, *(judged.c[name] for name in JUDGED)]
        flags = [
            *(
                or_(*(getattr(Device, name).is_distinct_from(judged.c[name]) for name in some)).label(flag)
                for flag, some in (("needed", NEEDED), ("acting", ACTING))
            ),
            (judged.c.before != judged.c.windows).label("moved"),
        ]
        told = [*values, *flags, judged.c.windows, judged.c["rank"]]
        query = select(*told).join_from(judged, Device, Device.id == judged.c.device_id).where(or_(*flags))
        query = query.where(*self._part.numbers(beside(Device.id)))  # PostgreSQL reads them in one go then
        self._connection.execute(insert(CHANGED).from_select([column.name for column in CHANGED.c], query))

    def _judged(self) -> AnySelect:
        mine, found, need = self._truth.mine, FOUND.c, _NEED
        optional = cast(found.reason == UpdateReason.OPTIONAL_AVAILABLE, Integer)
        summed = select(found.device_id, func.sum(distinct(need)).label("need"), func.max(optional).label("possible"))
        own = summed.group_by(found.device_id).cte("summed").prefix_with("MATERIALIZED")
        query, verdict = self._with_verdicts(select(mine.c.device_id).select_from(mine))
        query = query.outerjoin(own, own.c.device_id == mine.c.device_id)
        return query.where(mine.c.device_id.not_in(self._not_alone)).add_columns(
            cast(func.coalesce(own.c.need, 0), Integer).label("need"),
            (func.coalesce(own.c.possible, 0) == 1).label("possible"),
            func.coalesce(verdict.c.problem, "").label("problem"),
            verdict.c.policy.label("effective_policy_id"),
            verdict.c.assignment.label("effective_assignment_id"),
            mine.c.windows.label("before"),
            func.coalesce(verdict.c.windows, 0).label("windows"),
            verdict.c.rank.label("rank"),
        )

    def _with_verdicts(self, query: AnySelect) -> tuple[AnySelect, Any]:
        """The query over standings with the verdict on each; there is none on what nobody holds."""
        mine = self._truth.mine.c
        rows = [
            (_NOBODY if number is None else number, kit, one.problem, one.policy, one.assignment, one.windows)
            for (number, kit), one in self._truth.verdicts.items()
        ]
        given = given_rows(self._connection.dialect, "verdicts", _VERDICTS, rows)
        query, rank = self._truth.ranked(query, mine.device_id)
        acts = and_(given.c.rank == func.coalesce(rank, _NOBODY), given.c.kit == mine.kit, mine.unit_id.is_not(None))
        return query.outerjoin(given, acts), given

    # ── the next moment, where it follows from other windows than before ──

    def _change_moments(self) -> None:
        table = CHANGED.c
        rows = self._connection.execute(select(table.device_id, table.windows, table.rank).where(table.moved)).all()
        if not rows:
            return
        other = given_rows(self._connection.dialect, "windowed", _WINDOWED, [tuple(row) for row in rows])
        moments = self._moments(other).subquery("moments")
        values = {"next_check_at": moments.c.moment}
        self._connection.execute(update(Device).where(Device.id == moments.c.device_id).values(values))
        stands = update(DeviceStanding).where(DeviceStanding.device_id == other.c.device_id)
        self._connection.execute(stands.values(windows=other.c.windows))

    def _moments(self, other: Any) -> AnySelect:
        """When time alone changes the findings: a window opens, or a certificate ends."""
        own, demands = Certificate, self._truth.tables.demands
        opens = before(own.not_after, demands.c.seconds, self._connection.dialect)
        moment = case((own.not_after > demands.c.soon, opens), (own.not_after > self._now, own.not_after))
        good = and_(own.revocation.in_(GOOD), IN_USE_HERE, demands.c.common == 0)
        query = select(other.c.device_id, type_coerce(func.min(moment), UtcTime()).label("moment")).select_from(other)
        query = query.outerjoin(demands, demands.c.rank == other.c.rank)
        mine = and_(own.device_id == other.c.device_id, own.answers == demands.c.answers, good)
        return query.outerjoin(own, mine).group_by(other.c.device_id)


def before(moment: Any, seconds: Any, dialect: Dialect) -> ColumnElement[datetime]:
    """A moment so many seconds before another, to the microsecond."""
    if dialect.name == "postgresql":
        return type_coerce(moment - seconds * text("interval '1 second'"), UtcTime())
    whole = func.datetime(
        func.substr(type_coerce(moment, String()), 1, 19),
        literal("-").concat(cast(seconds, String())).concat(" seconds"),
    )
    return type_coerce(whole.concat(func.substr(type_coerce(moment, String()), 20)), UtcTime())


def _columns(table: Any) -> list[ColumnElement[Any]]:
    return [table.c[name] for name in ALL]


def _insert(connection: Connection, table: Any) -> Any:
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
