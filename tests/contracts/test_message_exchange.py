"""What every way into the exchange promises: the fake of tests, the direct exchange and the adapter."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from portal.connectors.clock import SystemClock
from portal.connectors.smev.signers.sidecar import SidecarSigner
from portal.domain.errors import OutsideUnavailable
from portal.domain.identity_check import CheckState
from portal.domain.outcomes import Done, Refused
from portal.ports.exchange import (
    AnswerFinder,
    MessageExchange,
    OutgoingMessage,
    Received,
    Rule,
    Unreadable,
    rule_of,
)
from tests.fakes.exchange import FakeExchange, refusal
from tests.support.smev_stand import RunningStand, running_stand
from tests.support.smev_talk import CLAIM, meaning, question, received, sent

ANSWER = '<SnilsValidationResponse xmlns="http://kvs.pfr.com/snils-validation/1.0.1"><Result>true</Result></SnilsValidationResponse>'


@dataclass(frozen=True, slots=True)
class Way:
    """A way in, and what a test may arrange at its other end."""

    exchange: MessageExchange
    taken: Callable[[], int]
    answer: Callable[[OutgoingMessage], None]
    later: Callable[[], None]
    refuse_once: Callable[[], None]
    lose_receipt: Callable[[OutgoingMessage], None]
    away: Callable[[], None]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStand]:
    with running_stand(tmp_path_factory.mktemp("contract")) as stand:
        stand.knows(CLAIM)
        yield stand


@pytest.fixture(scope="module")
def signer(running: RunningStand) -> Iterator[SidecarSigner]:
    with running.signing() as client:
        yield client


@pytest.fixture(params=["fake", "direct", "adapter"])
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Way:
    if request.param == "fake":
        return _fake(FakeExchange())
    stand: RunningStand = request.getfixturevalue("running")
    stand.forget()
    if request.param == "adapter":
        return _at(stand, stand.by_adapter(), "fault:SystemFault")
    return _at(stand, stand.directly(request.getfixturevalue("signer"), SystemClock()), "fault:SMEVFailure")


def _fake(exchange: FakeExchange) -> Way:
    def lose_receipt(message: OutgoingMessage) -> None:
        exchange.taken[message.message_id] = message.content
        exchange.refusals.append(refusal(Rule.RESEND_SAME))

    return Way(
        exchange,
        taken=lambda: len(exchange.taken),
        answer=lambda message: exchange.answer(message.message_id, ANSWER),
        later=lambda: None,
        refuse_once=lambda: exchange.refusals.append(refusal(Rule.RESEND_SAME)),
        lose_receipt=lose_receipt,
        away=lambda: setattr(exchange, "away", True),
    )


def _at(stand: RunningStand, exchange: MessageExchange, fault: str) -> Way:
    def taken() -> int:
        count: int = stand.state()["taken"]
        return count

    return Way(
        exchange,
        taken=taken,
        answer=lambda _: None,  # the stand answers by itself
        later=lambda: stand.later(3600),
        refuse_once=lambda: stand.goes_wrong(fault, "send"),
        lose_receipt=lambda _: stand.goes_wrong("cut_after", "send"),
        away=lambda: stand.goes_wrong("cut_before", "get"),
    )


def again(message: OutgoingMessage) -> OutgoingMessage:
    return OutgoingMessage(message.message_id, message.content, again=True)


def test_a_question_gets_its_answer_once(way: Way) -> None:
    message = question()
    assert not sent(way.exchange, message).already
    way.answer(message)
    answer = received(way.exchange)
    assert answer.original_id == message.message_id
    assert answer.trustworthy
    assert answer.raw
    assert meaning(answer).result is CheckState.CONFIRMED
    assert isinstance(way.exchange.acknowledge(answer.message_id, accepted=True), Done)
    way.later()
    assert way.exchange.next_answer() is None


def test_no_number_is_taken_twice(way: Way) -> None:
    message = question()
    sent(way.exchange, message)
    assert sent(way.exchange, again(message)).already
    assert way.taken() == 1


def test_a_message_whose_receipt_was_lost_is_sent_once(way: Way) -> None:
    message = question()
    way.lose_receipt(message)
    outcome = way.exchange.send(message)
    assert isinstance(outcome, Refused)
    assert (rule_of(outcome), outcome.permanent) == (Rule.RESEND_SAME, False)
    assert sent(way.exchange, again(message)).already
    assert way.taken() == 1


def test_a_refusal_that_passes(way: Way) -> None:
    message = question()
    way.refuse_once()
    outcome = way.exchange.send(message)
    assert isinstance(outcome, Refused)
    assert rule_of(outcome) is Rule.RESEND_SAME
    assert way.taken() == 0
    assert not sent(way.exchange, again(message)).already
    assert way.taken() == 1


def test_an_answer_that_nobody_kept_is_not_lost(way: Way) -> None:
    message = question()
    sent(way.exchange, message)
    way.answer(message)
    lost = received(way.exchange)
    way.later()
    found = _once_more(way.exchange, message)
    assert isinstance(found, Received)
    assert (found.message_id, found.content) == (lost.message_id, lost.content)


def _once_more(exchange: MessageExchange, message: OutgoingMessage) -> Received | Unreadable | None:
    """It comes again by itself, or is found by its question."""
    return exchange.answer_to(message.message_id) if isinstance(exchange, AnswerFinder) else exchange.next_answer()


def test_a_receipt_may_be_confirmed_twice(way: Way) -> None:
    message = question()
    sent(way.exchange, message)
    way.answer(message)
    answer = received(way.exchange)
    for _ in range(2):
        assert isinstance(way.exchange.acknowledge(answer.message_id, accepted=True), Done)


def test_nothing_is_there_before_anything_was_asked(way: Way) -> None:
    assert way.exchange.next_answer() is None
    assert way.exchange.next_status() is None
    health = way.exchange.health()
    assert (health.ready, health.trouble) == (True, "")


def test_a_queue_that_does_not_answer_is_told_apart_from_an_empty_one(way: Way) -> None:
    way.away()
    with pytest.raises(OutsideUnavailable):
        way.exchange.next_answer()
