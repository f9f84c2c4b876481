"""The findings of many devices at once: what holds for a whole kit, what time and revocation did, what is peculiar.

The rules of the domain judge each kit under each assignment once (``fleet_verdicts``); a statement gives their findings
to all who have it, and adds what differs from device to device. What may not be judged so is named by ``one_by_one``
and left to the domain. A test shows on random fleets that both say the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    CompoundSelect,
    Integer,
    String,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import aliased

from portal.db.base import AnySelect, UtcTime
from portal.db.beside import beside
from portal.db.fleet_acting import WHOLE, FleetActing, Part
from portal.db.fleet_findings import REASON, finding, kit_cells, word
from portal.db.fleet_verdicts import Pair, Verdict, verdicts
from portal.db.given_rows import given_rows
from portal.db.models import Certificate, CertificatePlace, Peculiarity
from portal.db.models.certificates import IN_USE_HERE, REVOKED_HERE
from portal.domain.certificate import Revocation
from portal.domain.findings import UpdateReason
from portal.domain.peculiarities import PeculiarityKind

__all__ = ["WHOLE", "FleetTruth", "Part"]

#: A unit, the number of what acts there, and a kit, as columns of a statement.
Place = tuple[Any, Any, Any]

# made once: SQLAlchemy takes longer over a second name for a table than over the statement it stands in
_LYING: Final = aliased(Certificate)
_PECULIAR_ONE: Final = aliased(Certificate)
_OTHER: Final = aliased(Peculiarity)
GOOD: Final = (Revocation.GOOD, Revocation.UNKNOWN)
_FOUND: Final = (
    *(("place", BigInteger()), ("kit", BigInteger()), ("reason", String()), ("subject", String())),
    *(("fingerprint", String()), ("on", Integer()), ("answers", String())),
)


class FleetTruth(FleetActing):
    """The findings of a part of the fleet."""

    @cached_property
    def cells(self) -> frozenset[tuple[int, int]]:
        """Which kits there are in which units."""
        mine = self.mine.c
        query = select(mine.unit_id, mine.kit).where(*self._part.numbers(mine.device_id))
        query = query.where(mine.unit_id.is_not(None), mine.kit.is_not(None))
        return frozenset((unit, kit) for unit, kit in self._connection.execute(query.group_by(mine.unit_id, mine.kit)))

    @cached_property
    def pairs(self) -> frozenset[Pair]:
        """Which kits stand under which assignments; under those to groups perhaps some more than do."""
        units, grouped = self._rules.units, self._rules.grouped_ranks
        found: set[Pair] = {(units.get(unit), kit) for unit, kit in self.cells}
        return frozenset(found | {(rank, kit) for unit, kit in self.cells for rank in grouped.get(unit, ())})

    @cached_property
    def verdicts(self) -> Mapping[Pair, Verdict]:
        """The verdict on each pair there is."""
        # in some order, the same for the next batch of devices
        ordered = sorted(self.pairs, key=lambda pair: (pair[0] is not None, pair))
        return verdicts(self._connection, self._rules, ordered, self._now)

    def findings(self) -> CompoundSelect[Any]:
        """Every finding: device_id, reason, subject, fingerprint, until, on."""
        return union_all(*self._of_kits(), *self.own_findings())

    def own_findings(self) -> Iterator[AnySelect]:
        """What is found beside that of the kit: what time and revocation did, and what is peculiar about a few."""
        return (query for query, _ in self.own_placed())

    def own_placed(self) -> Iterator[tuple[AnySelect, Place]]:
        """The same, each with the unit of the device, the number of what acts for it, and its kit."""
        yield self._of_ending()
        yield self._of_revoked()
        yield from self._of_peculiarities()

    # ── what all have that have a kit ──

    def _of_kits(self) -> Iterator[AnySelect]:
        mine, won, units = self.mine, self.won, self._rules.units
        # by unit and kit at once: a join with what acts in which unit would let SQLite begin at the wrong end
        rows = ((unit, kit, self.verdicts[units.get(unit), kit]) for unit, kit in sorted(self.cells))
        others = [*self._part.numbers(mine.c.device_id), mine.c.device_id.not_in(self.pending)]
        if won is not None:
            others.append(mine.c.device_id.not_in(select(won.c.device_id)))
        yield from self._told("units", list(rows), mine, mine.c.unit_id, *others)
        if won is not None:
            ranks = {row[-1] for row in self._rules.grouped}
            of_groups = ((rank, kit, one) for (rank, kit), one in self.verdicts.items() if rank in ranks)
            yield from self._told("groups", list(of_groups), won, won.c.rank, won.c.device_id.not_in(self.pending))

    def _told(
        self,
        name: str,
        rows: Sequence[tuple[Any, int, Verdict]],
        devices: Any,
        place: Any,
        *others: ColumnElement[bool],
    ) -> Iterator[AnySelect]:
        """The findings of verdicts for devices at their places; those about a certificate of each device apart."""
        plain = [(at, kit, *kit_cells(each)) for at, kit, one in rows for each in one.findings if each.about is None]
        about = [
            (at, kit, *kit_cells(each)) for at, kit, one in rows for each in one.findings if each.about is not None
        ]
        found = given_rows(self._connection.dialect, f"found_{name}", _FOUND, plain)
        here = and_(place == found.c.place, devices.c.kit == found.c.kit)
        reason, on = type_coerce(found.c.reason, REASON), type_coerce(found.c.on == 1, Boolean())
        query = finding(devices.c.device_id, reason, found.c.subject, found.c.fingerprint, on=on)
        yield query.select_from(found).join(devices, here).where(*others)
        if about:
            own = _LYING
            found = given_rows(self._connection.dialect, f"about_{name}", _FOUND, about)
            here = and_(place == found.c.place, devices.c.kit == found.c.kit)
            query = finding(devices.c.device_id, type_coerce(found.c.reason, REASON), own.name, own.fingerprint)
            query = query.select_from(found).join(devices, here)
            # an outer join keeps its place in SQLite's order of joins, and a function keeps it an outer one
            query = query.outerjoin(own, own.id == _answering(devices.c.device_id, found.c.answers))
            yield query.where(func.coalesce(own.id, 0) != 0, *others)

    # ── what time and revocation did ──

    def _of_ending(self) -> tuple[AnySelect, Place]:
        own, demands = Certificate, self.tables.demands
        over = own.not_after <= self._now
        reason = case((over, word(UpdateReason.CERTIFICATE_EXPIRED)), else_=word(UpdateReason.CERTIFICATE_EXPIRING))
        query, place = self._demanded(reason)
        soon = func.coalesce(demands.c.soon, literal(self._now, UtcTime()))
        return query.where(*self.ending(), own.not_after <= soon, own.revocation.in_(GOOD)), place

    def _of_revoked(self) -> tuple[AnySelect, Place]:
        query, place = self._demanded(word(UpdateReason.CERTIFICATE_REVOKED))
        return query.where(REVOKED_HERE), place

    def _demanded(self, reason: ColumnElement[Any]) -> tuple[AnySelect, Place]:
        """A finding about certificates that are there as some template demands."""
        own, demands = Certificate, self.tables.demands
        query = finding(own.device_id, reason, demands.c.subject, own.fingerprint, until=own.not_after)
        query, rank = self.judged(query.select_from(own), own.device_id)
        # an outer join keeps its place in SQLite's order of joins, and a function keeps it an outer one
        query = query.outerjoin(demands, and_(demands.c.rank == rank, demands.c.answers == own.answers))
        # first what the index tells: whether somebody demands it at all; then what makes SQLite open the row
        known = beside(own.answers).in_(select(demands.c.answers))
        there = (func.coalesce(demands.c.common, 1) == 0, IN_USE_HERE, ~self._lost(own, demands.c.common))
        return query.where(known, *there), (self.mine.c.unit_id, rank, self.mine.c.kit)

    # ── what is peculiar about a few ──

    def _of_peculiarities(self) -> Iterator[tuple[AnySelect, Place]]:
        mine, acting, told = self.mine.c, self.tables.ranks, Peculiarity
        query, rank = self.judged(select(told).select_from(told), told.device_id)
        query = query.add_columns(rank.label("rank"), acting.c.tracking, mine.unit_id, mine.kit)
        query = query.join(acting, acting.c.rank == rank)
        peculiar = query.cte("peculiar").prefix_with("MATERIALIZED").c
        own = (peculiar.subject, peculiar.fingerprint)
        foreign = finding(peculiar.device_id, word(UpdateReason.FOREIGN_FOUND), *own, until=peculiar.until)
        left = finding(peculiar.device_id, word(UpdateReason.LEFTOVER_FOUND), *own)
        place = (peculiar.unit_id, peculiar["rank"], peculiar.kit)
        yield foreign.where(peculiar.kind == PeculiarityKind.FOREIGN, peculiar.tracking == 1), place
        yield left.where(peculiar.kind == PeculiarityKind.LEFTOVER), place
        yield self._of_lost(peculiar), place
        yield self._of_changed(peculiar), place

    def _with_certificate(self, query: AnySelect, peculiar: Any, own: Any) -> AnySelect:
        """The query with the certificates in use that something peculiar is about, and what demands each."""
        demands, same = self.tables.demands, Certificate
        mine = (same.device_id == peculiar.device_id, beside(same.fingerprint) == peculiar.fingerprint, IN_USE_HERE)
        query = query.select_from(peculiar.device_id.table)
        if self._connection.dialect.name == "sqlite":  # in a query of its own, as above
            query = query.outerjoin(own, own.id.in_(select(same.id).where(*mine).correlate(peculiar.device_id.table)))
            query = query.where(func.coalesce(own.id, 0) != 0)
        else:
            # by its device again: a common certificate is the same one on every device
            here = (own.device_id == peculiar.device_id, own.fingerprint.concat("") == peculiar.fingerprint)
            there = (own.status == CertificatePlace.WRITTEN, own.history.is_(False), own.answers != "")
            query = query.join(own, and_(*here, *there))
        wanted = and_(demands.c.rank == peculiar.rank, demands.c.answers == own.answers)
        return self.then(query, demands, wanted, demands.c.rank)

    def _of_lost(self, peculiar: Any) -> AnySelect:
        own, demands = _PECULIAR_ONE, self.tables.demands
        until = case((demands.c.common == 0, own.not_after), else_=null())
        query = finding(
            peculiar.device_id, word(UpdateReason.CONTENT_MISSING), demands.c.subject, own.fingerprint, until=until
        )
        wanted = or_(demands.c.common == 0, demands.c.fingerprint == own.fingerprint)
        query = self._with_certificate(query, peculiar, own)
        return query.where(peculiar.kind == PeculiarityKind.LOST, wanted)

    def _of_changed(self, peculiar: Any) -> AnySelect:
        own, tracked = _PECULIAR_ONE, self.tables.tracked
        query = finding(peculiar.device_id, word(UpdateReason.ATTRIBUTE_CHANGED), peculiar.subject, own.fingerprint)
        watched = (tracked.c.rank == peculiar.rank, tracked.c.answers == own.answers)
        query = self._with_certificate(query, peculiar, own)
        watched_here = and_(*watched, tracked.c.attribute == peculiar.subject)
        query = self.then(query, tracked, watched_here, tracked.c.rank).where(peculiar.kind == PeculiarityKind.CHANGED)
        free = func.coalesce(own.revocation, Revocation.ON_HOLD) != Revocation.ON_HOLD
        return query.where(free, ~self._lost(own, tracked.c.rank * 0))

    def _lost(self, certificate: Any, common: Any) -> ColumnElement[bool]:
        """Whether it is not on the token; asked last, of a certificate some template demands.

        PostgreSQL, which expects hardly any certificates here, would look up each: it is given all that are lost.
        """
        other = _OTHER
        lost = other.kind == PeculiarityKind.LOST
        if self._connection.dialect.name == "postgresql":
            every = select(other.device_id, other.fingerprint).where(lost, *self._part.numbers(other.device_id))
            return tuple_(certificate.device_id, certificate.fingerprint).in_(every)
        mine = (other.device_id == certificate.device_id, other.fingerprint == certificate.fingerprint)
        return select(other.device_id).where(*mine, lost, common == 0).exists()


def _answering(device: Any, answer: Any) -> Any:
    """The number of the certificate that answers this; who has a kit has one at most.

    In a query of its own: SQLite would rather read all certificates first than look up one for each device.
    """
    own = Certificate
    mine = select(own.id).where(own.device_id == device, own.answers == answer, IN_USE_HERE)
    return mine.limit(1).scalar_subquery()
