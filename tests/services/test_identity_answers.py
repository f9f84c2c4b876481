"""What registers answer, do not answer, or answer again, and what becomes of the question."""

from datetime import timedelta

import pytest

from portal.domain.identity_check import CheckState, Verdict
from portal.ports.exchange import Reject, Rejection, Rule, SignatureState, StatusNote, Unreadable
from portal.services.identity_answering import REPEATS
from tests.services.identity_bureau import CONFIRMS, INN, SNILS, Bureau
from tests.support.office import Office

VALIDITY = timedelta(days=30)


@pytest.fixture
def bureau(office: Office) -> Bureau:
    return Bureau(office)


def test_silence_is_told_after_a_day_and_a_late_answer_still_counts(bureau: Bureau) -> None:
    number = bureau.start()
    bureau.ask()
    assert bureau.tell_silent() == 0
    bureau.office.clock.advance(days=1)
    assert bureau.tell_silent() == 2
    assert bureau.verdict(number) is Verdict.NO_ANSWER
    assert bureau.questions(number)[INN].trouble == "silent"
    bureau.office.clock.advance(days=1)
    bureau.registers_answer()
    bureau.take()
    assert bureau.verdict(number) is Verdict.CONFIRMED


def test_no_data_is_not_found(bureau: Bureau) -> None:
    number = bureau.start(frozenset({SNILS}))
    bureau.ask()
    (message,) = bureau.exchange.taken
    bureau.exchange.answer(message, rejects=(Reject(Rejection.NO_DATA, "NO_DATA", "Сведения не найдены"),))
    bureau.take()
    assert bureau.questions(number)[SNILS].state is CheckState.NOT_FOUND


def test_a_register_that_fails_is_asked_again_and_given_up_some_time(bureau: Bureau) -> None:
    number = bureau.start(frozenset({SNILS}))
    for _ in range(REPEATS + 1):
        bureau.ask()
        *_, message = bureau.exchange.taken
        bureau.exchange.answer(message, rejects=(Reject(Rejection.FAILURE, "FAILURE", ""),))
        bureau.take()
        bureau.office.clock.advance(hours=1)
    row = bureau.questions(number)[SNILS]
    assert (row.state, row.trouble, row.repeats) == (CheckState.NO_ANSWER, "FAILURE", REPEATS)
    assert bureau.ask() == 0


@pytest.mark.parametrize(
    ("what", "trouble"),
    [
        ({"rejects": (Reject(Rejection.ACCESS_DENIED, "ACCESS_DENIED", ""),)}, "ACCESS_DENIED"),
        ({"rejects": (Reject(None, "NEW_ONE", ""),)}, "NEW_ONE"),
        ({"status": StatusNote("requestIsRejectedBySmev", fault="SMEV-403", rule=Rule.REFUSE)}, "SMEV-403"),
        ({"signature": SignatureState.CHANGED}, "signature"),
        ({"sender_signature": SignatureState.FORGED}, "signature"),
        ({"content": "<x/>"}, "unreadable:root"),
    ],
)
def test_what_is_no_answer_says_why(bureau: Bureau, what: dict[str, object], trouble: str) -> None:
    number = bureau.start(frozenset({SNILS}))
    bureau.ask()
    (message,) = bureau.exchange.taken
    bureau.exchange.answer(message, **what)  # type: ignore[arg-type]
    bureau.take()
    row = bureau.questions(number)[SNILS]
    assert (row.state, row.trouble) == (CheckState.NO_ANSWER, trouble)
    assert bureau.exchange.confirmed == [(f"a-{message}", "signature" not in what)]


def test_a_status_that_may_pass_is_asked_again(bureau: Bureau) -> None:
    number = bureau.start(frozenset({SNILS}))
    bureau.ask()
    (message,) = bureau.exchange.taken
    bureau.exchange.answer(message, status=StatusNote("requestIsRejectedBySmev", fault="x", rule=Rule.NEW_ID))
    bureau.take()
    assert bureau.questions(number)[SNILS].state is CheckState.QUEUED


def test_a_note_on_the_way_is_no_answer_yet(bureau: Bureau) -> None:
    number = bureau.start(frozenset({SNILS}))
    bureau.ask()
    (message,) = bureau.exchange.taken
    bureau.exchange.answer(message, number="note", progress=StatusNote("underProcessing"))
    bureau.take()
    assert bureau.questions(number)[SNILS].state is CheckState.PROCESSING
    assert bureau.verdict(number) is Verdict.PENDING
    bureau.office.clock.advance(days=1)
    assert bureau.tell_silent() == 1


def test_an_answer_that_comes_again_counts_once_and_is_confirmed_again(bureau: Bureau) -> None:
    number = bureau.start()
    bureau.ask()
    bureau.registers_answer()
    first = bureau.exchange.queue[0]
    bureau.take()
    bureau.exchange.queue.append(first)
    bureau.exchange.answer("nobody's", CONFIRMS["INNFDRFIORequest"])
    bureau.take()
    assert len(bureau.answers()) == 3
    assert bureau.verdict(number) is Verdict.CONFIRMED
    assert bureau.exchange.queue == []


def test_a_confirmation_nobody_takes_is_given_again(bureau: Bureau) -> None:
    bureau.start(frozenset({SNILS}))
    bureau.ask()
    bureau.registers_answer()
    bureau.exchange.deaf = True
    bureau.take()
    assert bureau.answers()[0].acknowledged_at is None
    bureau.exchange.deaf = False
    assert bureau.take() == 1
    assert len(bureau.answers()) == 1


def test_rubbish_is_kept_and_does_not_stop_the_house(bureau: Bureau) -> None:
    bureau.exchange.queue.append(Unreadable(b"\x00", "not XML"))
    assert bureau.take() == 0
    assert bureau.take() == 0
    assert len(bureau.answers()) == 1
