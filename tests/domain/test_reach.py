"""How far an account sees."""

from portal.domain.ids import PersonId
from portal.domain.reach import EVERYTHING, NOTHING, Reach, own

SALES, LEGAL, VPN = 3, 4, 7


def test_nothing_is_within_sight_without_a_part() -> None:
    assert NOTHING.nothing
    assert own(None).nothing
    assert not EVERYTHING.nothing
    assert not own(PersonId(1)).nothing
    assert not Reach(units=frozenset({SALES})).nothing


def test_a_reach_covers_what_lies_within_it() -> None:
    wide = Reach(units=frozenset({SALES, LEGAL}), policies=frozenset({VPN}))
    assert EVERYTHING.covers(wide)
    assert wide.covers(Reach(units=frozenset({SALES})))
    assert wide.covers(NOTHING)
    assert not wide.covers(EVERYTHING)
    assert not wide.covers(Reach(units=frozenset({9})))
    assert not wide.covers(own(PersonId(1)))
    assert own(PersonId(1)).covers(own(PersonId(1)))
