"""Whoever looks at an update that waits for registers is told of each step they take; a lost word is made good soon."""

from datetime import timedelta

import pytest

from portal.domain.errors import Conflict
from portal.domain.ids import UpdateId
from portal.domain.outcomes import Waiting
from portal.domain.update_state import UpdateStatus
from portal.ports.exchange import Rule
from portal.services.identity_checks import Wanted
from tests.fakes.exchange import refusal
from tests.services.identity_bureau import BOTH, FORM, Bureau
from tests.services.test_identity_checks import order as asked_order
from tests.services.test_identity_steps import bureau, confirm, order
from tests.support.office import Office

__all__ = ["bureau"]


@pytest.fixture
def waiting(bureau: Bureau) -> UpdateId:
    """An update whose registers are about to be asked, and whose worker has looked already."""
    number = order(bureau)
    bureau.checks.start(Wanted(bureau.person, BOTH, number, seen=0), FORM, actor="operator")
    bureau.office.work()
    bureau.office.feed.told.clear()
    return number


def told(bureau: Bureau, number: UpdateId) -> int:
    """How often those who look were told something new, each time with what they can read then."""
    sequences = [sequence for update, sequence in bureau.office.feed.told if update == number]
    assert sequences == sorted(set(sequences))
    assert not sequences or sequences[-1] == bureau.office.row(number).sequence
    bureau.office.feed.told.clear()
    return len(sequences)


def test_each_question_that_moves_is_told(bureau: Bureau, waiting: UpdateId) -> None:
    bureau.exchange.refusals.append(refusal(Rule.RESEND_SAME))
    bureau.ask()
    assert told(bureau, waiting) == 2  # one was not taken, one was sent
    bureau.registers_answer()
    bureau.take()
    assert told(bureau, waiting) == 1
    assert bureau.office.bells() == 0
    bureau.office.clock.advance(seconds=10)
    bureau.ask()
    assert told(bureau, waiting) == 1
    assert bureau.office.row(waiting).status is UpdateStatus.WAITING


def test_a_verdict_is_told_before_a_worker_has_come(bureau: Bureau, waiting: UpdateId) -> None:
    before = bureau.office.row(waiting).sequence
    bureau.ask()
    bureau.registers_answer()
    bureau.take()
    row = bureau.office.row(waiting)
    assert (row.status, row.wake_at) == (UpdateStatus.WAITING, bureau.office.now)
    assert row.sequence > before


def test_what_became_of_a_superseded_application_is_nobodys_news(bureau: Bureau, waiting: UpdateId) -> None:
    bureau.ask()
    bureau.checks.start(Wanted(bureau.person, BOTH, waiting), FORM, actor="operator")
    bureau.office.work()
    bureau.office.feed.told.clear()
    bureau.registers_answer()
    bureau.take()
    assert told(bureau, waiting) == 0


def test_a_verdict_that_a_worker_has_just_missed_is_found_soon(office: Office) -> None:
    """Nobody is woken who does not wait yet: he looks again by himself."""
    bureau = Bureau(office)
    bureau.start()
    pauses = []
    for days in (0, 1):
        office.clock.advance(days=days)
        outcome = bureau.verdicts.check(asked_order(bureau))
        assert isinstance(outcome, Waiting)
        assert outcome.look_again_at is not None
        pauses.append(outcome.look_again_at - office.now)
    assert pauses == [timedelta(seconds=5), timedelta(hours=1)]


def test_of_two_who_fill_in_the_form_the_second_is_told_who_was_first(bureau: Bureau, waiting: UpdateId) -> None:
    with pytest.raises(Conflict) as refused:
        bureau.checks.start(Wanted(bureau.person, BOTH, waiting, seen=0), FORM, actor="m.belyaeva")
    assert (refused.value.code, refused.value.data["by"]) == ("identity_asked", "operator")


def test_what_was_claimed_last_is_known_beside_what_was_confirmed(bureau: Bureau) -> None:
    assert (bureau.checks.known(bureau.person).asked, bureau.checks.known(bureau.person).confirmed) == (None, None)
    confirm(bureau, order(bureau))
    confirmed_at = bureau.office.now
    bureau.office.clock.advance(days=40)
    bureau.start(birth_date="13.03.1990")
    known = bureau.checks.known(bureau.person)
    assert known.confirmed is not None
    assert known.asked is not None
    assert (known.confirmed.birth_date.day, known.asked.birth_date.day) == (12, 13)
    assert (known.confirmed_at, known.asked_at) == (confirmed_at, bureau.office.now)
