"""The findings of many devices at once, in one statement: the rules of ``portal.domain.update_reasons`` as a set.

It judges what is plain and not about to be judged by itself; the rest is named by ``one_by_one`` and left to the
domain. A test shows on random fleets that both say the same.
"""

from typing import Any, Final

from sqlalchemy import (
    Boolean,
    ColumnElement,
    CompoundSelect,
    String,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import aliased

from portal.db.base import AnySelect, UtcTime, by_value
from portal.db.beside import beside
from portal.db.fleet_acting import WHOLE, Part
from portal.db.fleet_rules import RuleTables
from portal.db.fleet_standing import FleetStanding
from portal.db.models import Certificate, Device, Peculiarity
from portal.db.models.certificates import IN_USE_HERE
from portal.domain.certificate import Revocation
from portal.domain.findings import UpdateReason
from portal.domain.peculiarities import REGISTER_BITS, PeculiarityKind

__all__ = ["WHOLE", "FleetTruth", "Part"]

_REASON: Final = by_value(UpdateReason)


class FleetTruth(FleetStanding):
    """The findings of a part of the fleet."""

    def findings(self) -> CompoundSelect[Any]:
        """Every finding of the others: device_id, reason, subject, fingerprint, until, on."""
        standing = self._standing()
        return union_all(
            self._of_certificates(standing),
            *self._of_demands(standing),
            _of_policies(standing, self._tables),
            *_of_registers(standing, self._tables),
            *self._of_peculiarities(),
        )

    def _of_certificates(self, standing: Any) -> AnySelect:
        """Removed from the policy, replaced, revoked, expired, expiring."""
        demands, own = self._tables.demands, Certificate
        reason = case(
            (and_(demands.c.bit.is_(None), own.kind == "managed"), _word(UpdateReason.TEMPLATE_REMOVED)),
            (demands.c.bit.is_(None), _word(UpdateReason.COMMON_REMOVED)),
            (demands.c.common == 1, _word(UpdateReason.COMMON_REPLACED)),
            (own.revocation == Revocation.REVOKED, _word(UpdateReason.CERTIFICATE_REVOKED)),
            (own.not_after <= self._now, _word(UpdateReason.CERTIFICATE_EXPIRED)),
            else_=_word(UpdateReason.CERTIFICATE_EXPIRING),
        )
        until = case((demands.c.common == 0, own.not_after), else_=null())
        query = _finding(
            standing.c.id, reason, func.coalesce(demands.c.subject, own.name), own.fingerprint, until=until
        )
        query = query.select_from(standing).join(own, and_(own.device_id == standing.c.id, IN_USE_HERE))
        query = query.outerjoin(demands, _answered(demands, own, standing.c.rank))
        there = or_(demands.c.bit.is_(None), demands.c.common == 1, ~_lost(own))
        stray = [
            standing.c[f"have{word}"].bitwise_and(self._mask(standing, word).bitwise_not()) != 0
            for word in range(self._rules.words)
        ]
        return query.where(or_(standing.c.doubtful == true(), *stray), _bad(demands), there)

    def _of_demands(self, standing: Any) -> list[AnySelect]:
        """Demanded, or offered, and not there."""
        demands = self._tables.demands
        reason = case(
            (demands.c.optional == 1, _word(UpdateReason.OPTIONAL_AVAILABLE)),
            (demands.c.common == 1, _word(UpdateReason.COMMON_ADDED)),
            else_=_word(UpdateReason.TEMPLATE_ADDED),
        )
        found = []
        for word in range(self._rules.words):
            query = _finding(standing.c.id, reason, demands.c.subject)
            query = query.select_from(standing).join(demands, demands.c.rank == standing.c.rank)
            lacking = standing.c[f"have{word}"].bitwise_and(demands.c.bit) == 0
            found.append(query.where(demands.c.word == word, lacking))
        return found

    # ── what is peculiar about a few ──

    def _of_peculiarities(self) -> tuple[AnySelect, ...]:
        acting, told = self._tables.ranks, Peculiarity
        query = select(told, acting.c.rank, acting.c.tracking).join_from(Device, told, told.device_id == Device.id)
        peculiar = self._judged(query).cte("peculiar").prefix_with("MATERIALIZED").c
        own = (peculiar.subject, peculiar.fingerprint)
        foreign = _finding(peculiar.device_id, _word(UpdateReason.FOREIGN_FOUND), *own, until=peculiar.until)
        left = _finding(peculiar.device_id, _word(UpdateReason.LEFTOVER_FOUND), *own)
        return (
            foreign.where(peculiar.kind == PeculiarityKind.FOREIGN, peculiar.tracking == 1),
            left.where(peculiar.kind == PeculiarityKind.LEFTOVER),
            self._of_lost(peculiar),
            self._of_changed(peculiar),
        )

    def _with_certificate(self, query: AnySelect, peculiar: Any) -> AnySelect:
        demands, own = self._tables.demands, Certificate
        # the plus again: a certificate is looked up by its device, the columns of which are together
        mine = (own.device_id == peculiar.device_id, beside(own.fingerprint) == peculiar.fingerprint, IN_USE_HERE)
        return query.where(*mine, _answered(demands, own, peculiar.rank))

    def _of_lost(self, peculiar: Any) -> AnySelect:
        demands, own = self._tables.demands, Certificate
        until = case((demands.c.common == 0, own.not_after), else_=null())
        query = _finding(
            own.device_id, _word(UpdateReason.CONTENT_MISSING), demands.c.subject, own.fingerprint, until=until
        )
        wanted = or_(demands.c.common == 0, demands.c.fingerprint == own.fingerprint)
        return self._with_certificate(query, peculiar).where(peculiar.kind == PeculiarityKind.LOST, wanted)

    def _of_changed(self, peculiar: Any) -> AnySelect:
        tracked, own = self._tables.tracked, Certificate
        query = _finding(own.device_id, _word(UpdateReason.ATTRIBUTE_CHANGED), peculiar.subject, own.fingerprint)
        watched = (
            tracked.c.rank == peculiar.rank,
            tracked.c.answers == own.answers,
            tracked.c.attribute == peculiar.subject,
        )
        query = self._with_certificate(query, peculiar).where(peculiar.kind == PeculiarityKind.CHANGED, *watched)
        return query.where(own.revocation != Revocation.ON_HOLD, ~_lost(own))


def _of_policies(standing: Any, tables: RuleTables) -> AnySelect:
    acting = tables.ranks
    query = _finding(standing.c.id, _word(UpdateReason.POLICY_CHANGED), acting.c.name)
    query = query.select_from(standing).join(acting, acting.c.rank == standing.c.rank)
    return query.where(standing.c.applied != acting.c.policy_id)


def _of_registers(standing: Any, tables: RuleTables) -> list[AnySelect]:
    acting, found = tables.ranks, []
    for register, bit in REGISTER_BITS.items():
        wanted, there = acting.c.registers.bitwise_and(bit), standing.c.registered.bitwise_and(bit)
        subject = literal(register.value, String())
        query = _finding(standing.c.id, _word(UpdateReason.CONNECTOR_SWITCHED), subject, on=wanted != 0)
        query = query.select_from(standing).join(acting, acting.c.rank == standing.c.rank)
        found.append(query.where(acting.c.registers != standing.c.registered, wanted != there))
    return found


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


def _answered(demands: Any, certificate: Any, rank: Any) -> ColumnElement[bool]:
    return and_(demands.c.rank == rank, demands.c.answers == certificate.answers)


def _bad(demands: Any) -> ColumnElement[bool]:
    """A certificate that has to go, be replaced or renewed."""
    own = Certificate
    return case(
        (demands.c.bit.is_(None), true()),
        (demands.c.common == 1, own.fingerprint != demands.c.fingerprint),
        (own.revocation == Revocation.REVOKED, true()),
        (own.revocation == Revocation.ON_HOLD, false()),
        else_=own.not_after <= demands.c.soon,
    )


def _lost(certificate: Any) -> ColumnElement[bool]:
    other = aliased(Peculiarity)
    mine = (other.device_id == certificate.device_id, other.fingerprint == certificate.fingerprint)
    return select(other.device_id).where(*mine, other.kind == PeculiarityKind.LOST).exists()
