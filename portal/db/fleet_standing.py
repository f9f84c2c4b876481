"""How each device stands: what lies on its token of all that any policy demands, and whether any of it may be bad.

One pass over devices and an index of certificates leaves those that have anything to tell; what exactly is asked of
these alone (``fleet_truth``).
"""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
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

from portal.db.base import AnySelect
from portal.db.fleet_acting import HELD, FleetActing
from portal.db.fleet_rules import BITS, DOUBT
from portal.db.models import Certificate, Device, Person
from portal.db.models.certificates import IN_USE_HERE
from portal.domain.certificate import Revocation

#: Where in a row of ``FleetRules.ranks`` the registers and the first mask stand.
_REGISTERS: Final = 4
_FIRST_MASK: Final = 5


class FleetStanding(FleetActing):
    """The devices with anything to tell."""

    def _standing(self) -> Any:
        """The devices with anything to tell, what they have of what is demanded, and whether any of it may be bad."""
        words = range(self._rules.words)
        conditions = {row[0]: partial(_departs, row=row, words=words) for row in self._rules.ranks}
        told = self._gathered()
        inside = [(told.unit.in_(units), conditions[rank](told)) for rank, units in self._rules.units.items()]
        found = (
            [_stood(told, self._rank(told.unit, null()), words).where(case(*inside, else_=false()))] if inside else []
        )
        if self._rules.grouped:
            told = self._gathered(of_groups=True)
            by_group = case(
                {rank: departs(told) for rank, departs in conditions.items()}, value=told.won, else_=false()
            )
            found.append(_stood(told, told.won, words).where(by_group))
        whole = union_all(*found) if found else _stood(told, cast(null(), Integer()), words).where(false())
        return whole.cte("standing").prefix_with("MATERIALIZED")

    def _gathered(self, *, of_groups: bool = False) -> Any:
        """Each device with its holder's unit and all its certificates summed up.

        Those for whom an assignment to a group acts stand apart: looked up beside all others, they would cost SQLite
        the index that holds everything it needs of certificates.
        """
        pending = select(Device.id).where(Device.next_check_at <= self._now)
        once = {"unit": Person.unit_id, "won": self._won.c.rank if of_groups else cast(null(), Integer())}
        once |= {"applied": Device.applied_policy_id, "registered": Device.registered}
        query: AnySelect = select(Device.id, *(func.min(value).label(name) for name, value in once.items()))
        query = query.add_columns(*(self._held(word).label(f"sum{word}") for word in range(self._rules.words)))
        query = query.select_from(Device).join(Person, Person.id == Device.holder_id)
        if of_groups:
            few = select(Device.id).where(Device.holder_id.in_(select(self._won.c.person_id)))
            query = query.join(self._won, self._won.c.person_id == Device.holder_id).where(Device.id.in_(few))
        else:
            query = query.where(Device.holder_id.not_in(select(self._won.c.person_id)))
        query = query.where(HELD, Device.plain == true(), Person.active == true(), Device.id.not_in(pending))
        query = query.outerjoin(Certificate, and_(Certificate.device_id == Device.id, IN_USE_HERE))
        return query.where(*self._part.devices).group_by(Device.id).subquery("gathered").c

    def _mask(self, standing: Any, word: int) -> ColumnElement[Any]:
        masks = {row[0]: literal(row[_FIRST_MASK + word], BigInteger()) for row in self._rules.ranks}
        return case(masks, value=standing.c.rank, else_=0) if masks else literal(0, BigInteger())

    def _held(self, word: int) -> ColumnElement[int]:
        """What lies on the token of all that any policy demands, one bit for each; doubts are summed up above."""
        places = ((answer, divmod(place, BITS)) for answer, place in self._rules.places.items())
        bits: dict[str, ColumnElement[int]]
        bits = {answer: literal(1 << place, BigInteger()) for answer, (number, place) in places if number == word}
        if word == 0:
            bits = {answer: bit + self._doubt(answer) for answer, bit in bits.items()}
        rest = func.coalesce(case((Certificate.device_id.is_not(None), self._doubt_of_others(word)), else_=0), 0)
        held = case(bits, value=Certificate.answers, else_=rest) if bits else rest
        return cast(func.coalesce(func.sum(held), 0), BigInteger)

    def _doubt(self, answer: str) -> ColumnElement[int]:
        """Whether a certificate may have to go under the policy of its device: what is certain is asked of few."""
        own, doubt = Certificate, literal(DOUBT, BigInteger())
        if answer in self._rules.soon:
            bad = or_(own.not_after <= self._rules.soon[answer], own.revocation == Revocation.REVOKED)
            return case((bad, doubt), else_=0)
        wanted = self._rules.common[answer]
        return case((own.fingerprint != next(iter(wanted)), doubt), else_=0) if len(wanted) == 1 else doubt

    def _doubt_of_others(self, word: int) -> ColumnElement[int]:
        """The same of certificates that have no bit here: in no policy, or told apart by the bits of another number."""
        further = [answer for answer, place in self._rules.places.items() if place >= BITS]
        if word or not further:
            return literal(0 if word else DOUBT, BigInteger())
        doubts = {answer: self._doubt(answer) for answer in further}
        return case(doubts, value=Certificate.answers, else_=literal(DOUBT, BigInteger()))


def _stood(told: Any, rank: Any, words: Iterable[int]) -> AnySelect:
    have = [told[f"sum{n}"].bitwise_and(DOUBT - 1).label(f"have{n}") for n in words]
    doubtful = (told.sum0 >= DOUBT).label("doubtful")
    return select(told.id, rank.label("rank"), told.applied, told.registered, doubtful, *have)


def _departs(told: Any, row: Sequence[Any], words: Iterable[int]) -> ColumnElement[bool]:
    """Whether a device under this assignment has anything to tell."""
    # a doubt makes the first sum greater than any mask
    lacks = [told[f"sum{word}"] != literal(row[_FIRST_MASK + word], BigInteger()) for word in words]
    return or_(*lacks, told.applied != row[1], told.registered != row[_REGISTERS])
