"""The findings of many devices at once: what holds for a whole kit, what time and revocation did, what is peculiar.

The rules of the domain judge each kit under each assignment once (``fleet_verdicts``); a statement gives their findings
to all who have it, and adds what differs from device to device. What may not be judged so is named by ``one_by_one``
and left to the domain. A test shows on random fleets that both say the same.
"""

from collections.abc import Callable, Iterator, Mapping
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
    cast,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import aliased

from portal.db.base import AnySelect, UtcTime, by_value
from portal.db.beside import beside
from portal.db.fleet_acting import WHOLE, FleetActing, Part
from portal.db.fleet_rules import SUBJECT, answer_of
from portal.db.fleet_verdicts import Pair, Verdict, verdicts
from portal.db.given_rows import given_rows
from portal.db.models import Certificate, Peculiarity
from portal.db.models.certificates import IN_USE_HERE, REVOKED_HERE
from portal.domain.certificate import Revocation
from portal.domain.findings import UpdateReason
from portal.domain.peculiarities import PeculiarityKind

__all__ = ["WHOLE", "FleetTruth", "Part"]

_REASON: Final = by_value(UpdateReason)
GOOD: Final = (Revocation.GOOD, Revocation.UNKNOWN)
_FOUND: Final = (
    *(("rank", Integer()), ("kit", BigInteger()), ("reason", String()), ("subject", String())),
    *(("fingerprint", String()), ("on", Integer()), ("answers", String())),
)


class FleetTruth(FleetActing):
    """The findings of a part of the fleet."""

    @cached_property
    def pairs(self) -> frozenset[Pair]:
        """Which kits stand under which assignments, and perhaps some more: a unit's for those of a group."""
        mine, units = self.mine.c, self._rules.units
        query = select(mine.unit_id, mine.kit).where(mine.unit_id.is_not(None), mine.kit.is_not(None))
        query = query.group_by(mine.unit_id, mine.kit)
        found = {(units.get(unit), kit) for unit, kit in self._connection.execute(query)}
        if self.won is not None:
            won = self.won.c
            of_groups = select(won.rank, won.kit).where(won.kit.is_not(None)).group_by(won.rank, won.kit)
            found |= {(rank, kit) for rank, kit in self._connection.execute(of_groups)}
        return frozenset(found)

    @cached_property
    def verdicts(self) -> Mapping[Pair, Verdict]:
        """The verdict on each pair there is."""
        return verdicts(self._connection, self._rules, self.pairs, self._now)

    def findings(self) -> CompoundSelect[Any]:
        """Every finding: device_id, reason, subject, fingerprint, until, on."""
        return union_all(*self._of_kits(), *self.own_findings())

    def own_findings(self) -> Iterator[AnySelect]:
        """What is found beside that of the kit: what time and revocation did, and what is peculiar about a few."""
        yield self._of_ending()
        yield self._of_revoked()
        yield from self._of_peculiarities()

    # ── what all have that have a kit ──

    def _of_kits(self) -> Iterator[AnySelect]:
        rows = [
            (
                *(rank, kit, one.finding.reason.value, one.finding.subject[:SUBJECT], one.finding.fingerprint),
                *(None if one.finding.on is None else int(one.finding.on), answer_of(one.about) if one.about else ""),
            )
            for (rank, kit), verdict in self.verdicts.items()
            for one in verdict.findings
        ]
        found = given_rows(self._connection.dialect, "found", _FOUND, rows)
        for device, query in self._spread(found):
            reason, on = type_coerce(found.c.reason, _REASON), type_coerce(found.c.on == 1, Boolean())
            plain = _finding(device, reason, found.c.subject, found.c.fingerprint, on=on)
            yield query(plain).where(found.c.answers == "")
            about = _finding(device, reason, Certificate.name, Certificate.fingerprint)
            mine = and_(Certificate.device_id == device, Certificate.answers == found.c.answers, IN_USE_HERE)
            yield query(about).join(Certificate, mine).where(found.c.answers != "")

    def _spread(self, found: Any) -> Iterator[tuple[Any, Callable[[AnySelect], AnySelect]]]:
        """The devices with a kit under an assignment: those of a unit, and those of a group."""
        mine, units, won = self.mine, self._tables.units, self.won

        def of_units(query: AnySelect) -> AnySelect:
            query = query.select_from(found).join(units, units.c.rank == found.c.rank)
            query = query.join(mine, and_(mine.c.unit_id == units.c.unit_id, mine.c.kit == found.c.kit))
            query = query.where(mine.c.device_id.not_in(self.pending))
            return query if won is None else query.where(mine.c.device_id.not_in(select(won.c.device_id)))

        yield mine.c.device_id, of_units
        if won is not None:
            same = and_(won.c.rank == found.c.rank, won.c.kit == found.c.kit)
            others = won.c.device_id.not_in(self.pending)
            yield won.c.device_id, lambda query: query.select_from(found).join(won, same).where(others)

    # ── what time and revocation did ──

    def _of_ending(self) -> AnySelect:
        own, demands = Certificate, self._tables.demands
        over = own.not_after <= self._now
        reason = case((over, _word(UpdateReason.CERTIFICATE_EXPIRED)), else_=_word(UpdateReason.CERTIFICATE_EXPIRING))
        query = self._demanded(reason)
        ends = beside(own.not_after) if self._part.ranged else own.not_after
        soon = func.coalesce(demands.c.soon, literal(self._now, UtcTime()))
        return query.where(ends <= self._rules.latest, own.not_after <= soon, own.revocation.in_(GOOD))

    def _of_revoked(self) -> AnySelect:
        return self._demanded(_word(UpdateReason.CERTIFICATE_REVOKED)).where(REVOKED_HERE)

    def _demanded(self, reason: ColumnElement[Any]) -> AnySelect:
        """A finding about certificates that are there as some template demands."""
        own, demands = Certificate, self._tables.demands
        query = _finding(own.device_id, reason, demands.c.subject, own.fingerprint, until=own.not_after)
        query, rank = self.judged(query.select_from(own), own.device_id)
        # an outer join keeps its place in SQLite's order of joins, and a function keeps it an outer one
        query = query.outerjoin(demands, and_(demands.c.rank == rank, demands.c.answers == own.answers))
        return query.where(func.coalesce(demands.c.common, 1) == 0, IN_USE_HERE, ~_lost(own))

    # ── what is peculiar about a few ──

    def _of_peculiarities(self) -> Iterator[AnySelect]:
        acting, told = self._tables.ranks, Peculiarity
        query, rank = self.judged(select(told).select_from(told), told.device_id)
        query = query.add_columns(rank.label("rank"), acting.c.tracking).join(acting, acting.c.rank == rank)
        peculiar = query.cte("peculiar").prefix_with("MATERIALIZED").c
        own = (peculiar.subject, peculiar.fingerprint)
        foreign = _finding(peculiar.device_id, _word(UpdateReason.FOREIGN_FOUND), *own, until=peculiar.until)
        left = _finding(peculiar.device_id, _word(UpdateReason.LEFTOVER_FOUND), *own)
        yield foreign.where(peculiar.kind == PeculiarityKind.FOREIGN, peculiar.tracking == 1)
        yield left.where(peculiar.kind == PeculiarityKind.LEFTOVER)
        yield self._of_lost(peculiar)
        yield self._of_changed(peculiar)

    def _with_certificate(self, query: AnySelect, peculiar: Any) -> AnySelect:
        own, demands = Certificate, self._tables.demands
        # the plus again: a certificate is looked up by its device, the columns of which are together
        mine = (own.device_id == peculiar.device_id, beside(own.fingerprint) == peculiar.fingerprint, IN_USE_HERE)
        return query.where(*mine, demands.c.rank == peculiar.rank, demands.c.answers == own.answers)

    def _of_lost(self, peculiar: Any) -> AnySelect:
        own, demands = Certificate, self._tables.demands
        until = case((demands.c.common == 0, own.not_after), else_=null())
        query = _finding(
            own.device_id, _word(UpdateReason.CONTENT_MISSING), demands.c.subject, own.fingerprint, until=until
        )
        wanted = or_(demands.c.common == 0, demands.c.fingerprint == own.fingerprint)
        return self._with_certificate(query, peculiar).where(peculiar.kind == PeculiarityKind.LOST, wanted)

    def _of_changed(self, peculiar: Any) -> AnySelect:
        own, tracked = Certificate, self._tables.tracked
        query = _finding(own.device_id, _word(UpdateReason.ATTRIBUTE_CHANGED), peculiar.subject, own.fingerprint)
        watched = (
            tracked.c.rank == peculiar.rank,
            tracked.c.answers == own.answers,
            tracked.c.attribute == peculiar.subject,
        )
        query = self._with_certificate(query, peculiar).where(peculiar.kind == PeculiarityKind.CHANGED, *watched)
        return query.where(own.revocation != Revocation.ON_HOLD, ~_lost(own))


def _finding(
    device: Any, reason: Any, subject: Any, fingerprint: Any = None, *, until: Any = None, on: Any = None
) -> AnySelect:
    """A row of ``device_findings``."""
    return select(
        device.label("device_id"),
        reason.label("reason"),
        subject.label("subject"),
        (literal("", String()) if fingerprint is None else fingerprint).label("fingerprint"),
        cast(null(), UtcTime()).label("until") if until is None else until.label("until"),
        (cast(null(), Boolean()) if on is None else on).label("on"),
    )


def _word(reason: UpdateReason) -> Any:
    return literal(reason, _REASON)


def _lost(certificate: Any) -> ColumnElement[bool]:
    other = aliased(Peculiarity)
    mine = (other.device_id == certificate.device_id, other.fingerprint == certificate.fingerprint)
    return select(other.device_id).where(*mine, other.kind == PeculiarityKind.LOST).exists()
