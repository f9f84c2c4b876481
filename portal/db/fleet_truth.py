"""The findings of many devices at once, in one statement: the rules of ``portal.domain.update_reasons`` as a set.

It judges what is plain and not about to be judged by itself; the rest is named by ``one_by_one`` and left to the
domain. A test shows on random fleets that both say the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
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
from portal.db.fleet_rules import BITS, NOBODY, FleetRules, RuleTables, rule_tables
from portal.db.models import Certificate, Device, Membership, Peculiarity, Person
from portal.db.models.certificates import IN_USE_HERE
from portal.domain.certificate import Revocation
from portal.domain.device import UPDATABLE
from portal.domain.findings import UpdateReason
from portal.domain.peculiarities import REGISTER_BITS, PeculiarityKind

_REASON: Final = by_value(UpdateReason)
_HELD: Final = and_(Device.holder_id.is_not(None), Device.state.in_(sorted(UPDATABLE)))


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the fleet: those that pass the conditions; without any it is everything.

    ``holders`` are conditions on memberships that leave at least the holders of that part.
    """

    devices: tuple[ColumnElement[bool], ...] = ()
    holders: tuple[ColumnElement[bool], ...] = ()


WHOLE: Final = Part()


def these(numbers: Sequence[int]) -> Part:
    """These devices."""
    held = select(Device.holder_id).where(Device.id.in_(numbers))
    return Part((Device.id.in_(numbers),), (Membership.person_id.in_(held),))


class FleetTruth:
    """Statements about a part of the fleet under some rules at one moment."""

    def __init__(self, rules: FleetRules, now: datetime, part: Part = WHOLE) -> None:
        self._rules = rules
        self._now = now
        self._part = part
        self._tables: RuleTables = rule_tables(rules, now)
        self._won = self._winners()

    def acting(self) -> AnySelect:
        """Which assignment acts for each held device (None: none does), by its number."""
        query = select(Device.id, self._rank().label("rank"), Person.active)
        return self._joined(query.select_from(Device)).where(_HELD, *self._part.devices)

    def one_by_one(self) -> AnySelect:
        """Devices no set-based rule may judge."""
        alone = or_(Device.plain == false(), Device.next_check_at <= self._now)
        return select(Device.id).where(_HELD, alone, *self._part.devices)

    def findings(self) -> CompoundSelect[Any]:
        """Every finding of the others: device_id, reason, subject, fingerprint, until, on."""
        standing = self._standing()
        return union_all(
            self._of_certificates(standing),
            *self._of_demands(standing),
            _of_policies(standing, self._tables),
            *_of_registers(standing),
            *self._of_peculiarities(),
        )

    # ── who is under which policy ──

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

    def _rank(self) -> ColumnElement[Any]:
        return func.coalesce(self._won.c.rank, self._tables.units.c.rank)

    def _joined(self, query: AnySelect) -> AnySelect:
        """Devices with their holders and what acts for them."""
        units, won = self._tables.units, self._won
        query = query.join(Person, Person.id == Device.holder_id)
        query = query.outerjoin(units, units.c.unit_id == Person.unit_id)
        return query.outerjoin(won, won.c.person_id == Device.holder_id)

    def _judged(self, query: AnySelect) -> AnySelect:
        """The devices that are judged here, with the policy that acts."""
        acting = self._tables.ranks
        pending = select(Device.id).where(Device.next_check_at <= self._now)
        # an outer join keeps its place in SQLite's order of joins, and a function keeps it an outer one
        query = self._joined(query).outerjoin(acting, acting.c.rank == self._rank())
        somebody = func.coalesce(acting.c.rank, NOBODY) != NOBODY
        judged = (Device.plain == true(), Person.active == true(), Device.id.not_in(pending), somebody)
        return query.where(_HELD, *judged, *self._part.devices)

    # ── how they stand ──

    def _standing(self) -> Any:
        """The devices with anything to tell, what they have of what is demanded, and whether any of it may be bad."""
        acting = self._tables.ranks.c
        own = {name: acting[name] for name in ("rank", "policy_id", "registers")}
        own |= {"applied_policy_id": Device.applied_policy_id, "registered": Device.registered}
        have = [self._held(word) for word in range(self._rules.words)]
        masks = [func.min(acting[f"mask{word}"]) for word in range(self._rules.words)]
        stray = [held.bitwise_and(mask.bitwise_not()) != 0 for held, mask in zip(have, masks, strict=True)]
        doubtful = case((or_(func.max(self._doubtful()) > 0, *stray), 1), else_=0)
        query = select(Device.id, *(func.min(value).label(name) for name, value in own.items()))
        query = query.add_columns(*(held.label(f"have{word}") for word, held in enumerate(have)))
        query = self._judged(query.add_columns(doubtful.label("doubtful")).select_from(Device))
        query = query.outerjoin(Certificate, and_(Certificate.device_id == Device.id, IN_USE_HERE))
        query = query.with_hint(Certificate, "INDEXED BY ix_certificates_answers", "sqlite")
        lacks = [held != mask for held, mask in zip(have, masks, strict=True)]
        moved = (
            func.min(Device.applied_policy_id) != func.min(acting.policy_id),
            func.min(Device.registered) != func.min(acting.registers),
        )
        query = query.group_by(Device.id).having(or_(func.max(self._doubtful()) > 0, *lacks, *moved))
        return query.cte("standing").prefix_with("MATERIALIZED")

    def _held(self, word: int) -> ColumnElement[int]:
        """What lies on the token of all that any policy demands, one bit for each."""
        places = ((answer, divmod(place, BITS)) for answer, place in self._rules.places.items())
        bits = {answer: 1 << place for answer, (number, place) in places if number == word}
        held = case(bits, value=Certificate.answers, else_=0) if bits else literal(0)
        return cast(func.sum(cast(held, BigInteger)), BigInteger)

    def _doubtful(self) -> ColumnElement[int]:
        """Whether a certificate may have to go under the policy of its device: what is certain is asked of few."""
        own, rules = Certificate, self._rules
        expiring = {answer: own.not_after <= soon for answer, soon in rules.soon.items()}
        other = {
            answer: own.fingerprint != next(iter(wanted)) if len(wanted) == 1 else true()
            for answer, wanted in rules.common.items()
        }
        by_answer = case({**expiring, **other}, value=own.answers, else_=true()) if rules.places else true()
        return case((own.device_id.is_(None), 0), (own.revocation == Revocation.REVOKED, 1), (by_answer, 1), else_=0)

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
        query = _finding(standing.c.id, reason, func.coalesce(demands.c.subject, own.name), own.fingerprint, until)
        query = query.select_from(standing).join(own, and_(own.device_id == standing.c.id, IN_USE_HERE))
        query = query.outerjoin(demands, _answered(demands, own, standing.c.rank))
        there = or_(demands.c.bit.is_(None), demands.c.common == 1, ~_lost(own))
        return query.where(standing.c.doubtful > 0, _bad(demands), there)

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
        foreign = _finding(peculiar.device_id, _word(UpdateReason.FOREIGN_FOUND), *own, peculiar.until)
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
        query = _finding(own.device_id, _word(UpdateReason.CONTENT_MISSING), demands.c.subject, own.fingerprint, until)
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
    return query.where(standing.c.applied_policy_id != standing.c.policy_id)


def _of_registers(standing: Any) -> list[AnySelect]:
    found = []
    for register, bit in REGISTER_BITS.items():
        wanted, there = (standing.c[name].bitwise_and(bit) for name in ("registers", "registered"))
        query = _finding(
            standing.c.id, _word(UpdateReason.CONNECTOR_SWITCHED), literal(register.value, String()), on=wanted != 0
        )
        found.append(query.select_from(standing).where(wanted != there))
    return found


def _finding(
    device: Any, reason: Any, subject: Any, fingerprint: Any = None, until: Any = None, *, on: Any = None
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
