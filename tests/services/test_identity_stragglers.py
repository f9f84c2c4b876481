"""Notes of the status queue, and answers that an adapter gave away to a process that died."""

from dataclasses import dataclass, field

import pytest

from portal.domain.errors import OutsideUnavailable
from portal.domain.exchange_settings import ExchangeSettings, Transport
from portal.domain.identity_check import CheckState, Verdict
from portal.ports.exchange import Received, Rule, SignatureState, StatusNote, StatusReceived, Unreadable
from portal.services.exchange_settings import Exchange
from portal.services.identity_answering import IdentityAnswering
from portal.services.identity_stragglers import IdentityStragglers
from tests.fakes.exchange import FakeExchange
from tests.services.identity_bureau import BOTH, INN, SNILS, Bureau, reply_to
from tests.support.office import Office

CONNECTED = ExchangeSettings(
    Transport.ADAPTER,
    "http://127.0.0.1:7575/ws",
    system="US",
    name="УЦ",
    inn="7707083893",
    ogrn="1027700132195",
)
REJECTED = StatusNote("requestIsRejectedBySmev", fault="InvalidContent SMEV-403", rule=Rule.REFUSE)


@dataclass
class FindingExchange(FakeExchange):
    """Gives each answer away once and finds it again by its question, as an adapter does."""

    kept: dict[str, Received] = field(default_factory=dict)
    notes: list[StatusReceived] = field(default_factory=list)
    searched: list[str] = field(default_factory=list)
    away: bool = False

    def next_answer(self) -> Received | Unreadable | None:
        return self.queue.pop(0) if self.queue else None

    def next_status(self) -> StatusReceived | None:
        if self.away:
            raise OutsideUnavailable("smev_unavailable")
        return self.notes.pop(0) if self.notes else None

    def answer_to(self, message_id: str) -> Received | Unreadable | None:
        self.searched.append(message_id)
        return self.kept.get(message_id)

    def gives_away(self) -> None:
        """Whoever takes all answers now dies before he has kept them."""
        while self.queue:
            answer = self.next_answer()
            assert isinstance(answer, Received)
            self.kept[answer.original_id] = answer


@pytest.fixture
def bureau(office: Office) -> Bureau:
    return Bureau(office, FindingExchange())


@pytest.fixture
def adapter(bureau: Bureau) -> FindingExchange:
    assert isinstance(bureau.exchange, FindingExchange)
    return bureau.exchange


@pytest.fixture
def stragglers(bureau: Bureau) -> IdentityStragglers:
    database, clock = bureau.office.database, bureau.office.clock
    exchange = Exchange(database, clock, lambda _: bureau.exchange, lambda: "n")
    exchange.save(CONNECTED, version=0, actor="admin")
    answering: IdentityAnswering = bureau._made(IdentityAnswering)
    return IdentityStragglers(database, clock, exchange, answering)


def test_an_answer_given_away_to_a_process_that_died_is_found(
    bureau: Bureau, adapter: FindingExchange, stragglers: IdentityStragglers
) -> None:
    number = bureau.start()
    bureau.ask()
    bureau.registers_answer()
    adapter.gives_away()
    assert (bureau.take(), stragglers.round()) == (0, 0), "it may still be on its way"
    bureau.office.clock.advance(minutes=3)
    assert stragglers.round() == len(BOTH)
    assert bureau.verdict(number) is Verdict.CONFIRMED
    assert all(row.acknowledged_at for row in bureau.answers())
    searched = len(adapter.searched)
    assert stragglers.round() == 0
    assert len(adapter.searched) == searched, "who is answered is not asked for"


def test_what_comes_twice_counts_once(bureau: Bureau, adapter: FindingExchange, stragglers: IdentityStragglers) -> None:
    bureau.start()
    bureau.ask()
    first = next(iter(adapter.taken))
    progress = Received("p-1", first, b"<raw/>", SignatureState.NOT_SIGNED, progress=StatusNote("1"))
    adapter.kept[first] = progress
    adapter.queue.append(progress)
    bureau.take()
    bureau.office.clock.advance(minutes=3)
    assert stragglers.round() == 0
    assert len(bureau.answers()) == 1


def test_all_of_many_have_their_turn(
    bureau: Bureau, adapter: FindingExchange, stragglers: IdentityStragglers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.services.identity_stragglers._AT_ONCE", 1)
    bureau.start()
    bureau.ask()
    bureau.office.clock.advance(minutes=3)
    for _ in range(3):
        stragglers.round()
    assert set(adapter.searched) == set(adapter.taken)


def test_a_rejection_in_the_status_queue_ends_a_question(
    bureau: Bureau, adapter: FindingExchange, stragglers: IdentityStragglers
) -> None:
    number = bureau.start()
    bureau.ask()
    first, second = adapter.taken
    adapter.notes += [
        StatusReceived(first, StatusNote("requestIsAcceptedBySmev"), SignatureState.VALID, b"<a/>"),
        StatusReceived(first, REJECTED, SignatureState.VALID, b"<b/>"),
        StatusReceived(second, REJECTED, SignatureState.FORGED, b"<c/>"),
    ]
    assert stragglers.round() == 2
    states = {row.state for row in bureau.questions(number).values()}
    assert states == {CheckState.NO_ANSWER, CheckState.SENT}, "a forged note says nothing"
    assert all(row.acknowledged_at for row in bureau.answers()), "nobody waits for the receipt of a note"
    adapter.answer(first, reply_to(adapter.taken[first]))
    bureau.take()
    assert CheckState.CONFIRMED in {row.state for row in bureau.questions(number).values()}
    assert {SNILS, INN} == set(bureau.questions(number))


def test_an_exchange_that_is_away_is_left_alone(
    bureau: Bureau, adapter: FindingExchange, stragglers: IdentityStragglers
) -> None:
    assert stragglers.round() == 0
    bureau.start()
    bureau.ask()
    adapter.away = True
    assert stragglers.round() == 0
    adapter.away = False
    assert stragglers.round() == 0


def test_nothing_is_looked_for_while_nothing_is_connected(bureau: Bureau, adapter: FindingExchange) -> None:
    database, clock = bureau.office.database, bureau.office.clock
    unset = Exchange(database, clock, lambda _: adapter, lambda: "n")
    assert IdentityStragglers(database, clock, unset, bureau._made(IdentityAnswering)).round() == 0
