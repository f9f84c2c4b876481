"""A step list is carried out once, wherever the power goes, for every kind of order; on a token in memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.boundaries import Boundary
from agent.executor import Executor, Held, give_up
from agent.journal import AgentJournal, KnownTask
from agent.lists import UnsignedError, opened
from portal.connectors.x509 import X509Reader
from portal.domain.certificate import KeyAlgorithm
from portal.domain.outcomes import Effect, Outcome, WaitingFor
from portal.domain.troubles import Trouble, why
from portal.ports.agent_orders import OrderKind, SentOrder, SignedList, StepList, received, sent
from portal.ports.token import (
    GenerateKeyPair,
    ImportKeyPair,
    ObjectOrder,
    ProveCertificate,
    ReadContents,
    RemoveCertificate,
    RemoveKeyPair,
    SignRequest,
    TokenGateway,
    TokenReply,
    WriteCertificate,
)
from tests.agent.authority import AgentAuthority
from tests.fakes.token import FakeToken, Fault
from tests.fakes.token_desk import FakeDesk
from tests.support.issuing import certificate_for, pkcs8_of, ready_key, spki_of
from tests.support.pins import Pins

ONE, TWO = ("0a" * 20, "0b" * 20)
KEY = ready_key("p256")
COMMON = ImportKeyPair(TWO, "Общий", certificate_for(spki_of(KEY)), pkcs8_of(KEY))
PRINT = X509Reader().certificate(COMMON.certificate).fingerprint
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

CASES: dict[OrderKind, ObjectOrder] = {
    OrderKind.READ_CONTENTS: ReadContents(),
    OrderKind.GENERATE_KEY_PAIR: GenerateKeyPair(ONE, "к", KeyAlgorithm.EC_P256),
    OrderKind.SIGN_REQUEST: SignRequest(TWO, (("CN", "И"),), ()),
    OrderKind.WRITE_CERTIFICATE: WriteCertificate(ONE, "с", COMMON.certificate),
    OrderKind.IMPORT_KEY_PAIR: replace(COMMON, key_id=ONE),
    OrderKind.PROVE_CERTIFICATE: ProveCertificate(TWO, PRINT),
    OrderKind.REMOVE_CERTIFICATE: RemoveCertificate(TWO, PRINT),
    OrderKind.REMOVE_KEY_PAIR: RemoveKeyPair(TWO),
}
IN_AN_ORDER = (Boundary.BEFORE_INTENT, Boundary.AFTER_INTENT, Boundary.AFTER_EFFECT, Boundary.AFTER_OUTCOME)


class PowerCutError(BaseException):
    """The process is gone."""


@dataclass
class CountingHands:
    """Hands that note what they did to the token."""

    gateway: TokenGateway
    done: list[ObjectOrder] = field(default_factory=list)

    def carry_out(self, order: ObjectOrder) -> Outcome[TokenReply]:
        self.done.append(order)
        return self.gateway.carry_out(order)

    def effect_of(self, order: ObjectOrder) -> Effect[TokenReply]:
        return self.gateway.effect_of(order)


@pytest.fixture
def token() -> FakeToken:
    return FakeToken("00a1")


@pytest.fixture
def hands(token: FakeToken) -> Iterator[CountingHands]:
    with FakeDesk([token], X509Reader()).gateway("00a1", Pins("1234")) as gateway:
        made = CountingHands(gateway)
        made.carry_out(COMMON)
        made.done.clear()
        yield made


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


def a_list(*orders: SentOrder, **changed: object) -> StepList:
    steps = StepList("list", "task", "me", "00a1", 1, NOW, NOW + timedelta(minutes=10), orders)
    return replace(steps, **changed)  # type: ignore[arg-type]  # fields of a StepList


@pytest.mark.parametrize("boundary", IN_AN_ORDER)
@pytest.mark.parametrize("kind", CASES)
def test_no_effect_is_repeated_or_forgotten(
    kind: OrderKind, boundary: Boundary, hands: CountingHands, place: Path
) -> None:
    steps = a_list(sent(CASES[kind]))

    def cut(here: Boundary, _list: str, _seq: int) -> None:
        if here is boundary:
            raise PowerCutError

    with pytest.raises(PowerCutError):
        Executor(AgentJournal(place), observe=cut).execute(steps, hands)
    journal = AgentJournal(place)
    assert Executor(journal).execute(steps, hands) is None
    (report,) = journal.unreported()
    (result,) = report.results
    assert result.reply is not None
    effects = hands.done.count(CASES[kind])
    leaves_nothing = kind in {OrderKind.READ_CONTENTS, OrderKind.SIGN_REQUEST, OrderKind.PROVE_CERTIFICATE}
    assert effects == 1 or (leaves_nothing and effects <= 3), "an effect is had once"
    assert report.content_hash


def test_the_kinds_are_all_tried_and_the_boundaries_are_all_passed(hands: CountingHands, place: Path) -> None:
    assert set(CASES) == set(OrderKind)
    assert set(IN_AN_ORDER) | {Boundary.BEFORE_REPORT, Boundary.AFTER_REPORT} == set(Boundary)
    passed: list[Boundary] = []
    steps = a_list(sent(CASES[OrderKind.GENERATE_KEY_PAIR]))
    Executor(AgentJournal(place), observe=lambda here, _list, _seq: passed.append(here)).execute(steps, hands)
    assert tuple(passed) == IN_AN_ORDER


def test_what_is_done_is_not_done_again_when_the_list_comes_again(hands: CountingHands, place: Path) -> None:
    journal = AgentJournal(place)
    steps = a_list(sent(CASES[OrderKind.GENERATE_KEY_PAIR]))
    assert Executor(journal).execute(steps, hands) is None
    before = journal.unreported()
    journal.reported("list")
    assert Executor(journal).execute(steps, hands) is None
    journal.tell_again("list")
    assert journal.unreported() == before
    assert hands.done.count(CASES[OrderKind.GENERATE_KEY_PAIR]) == 1


def test_a_doubtful_order_is_looked_for_first(hands: CountingHands, place: Path) -> None:
    hands.carry_out(CASES[OrderKind.GENERATE_KEY_PAIR])
    journal = AgentJournal(place)
    steps = a_list(sent(CASES[OrderKind.GENERATE_KEY_PAIR], doubtful=True))
    assert Executor(journal).execute(steps, hands) is None
    assert hands.done.count(CASES[OrderKind.GENERATE_KEY_PAIR]) == 1
    assert journal.unreported()[0].results[0].reply is not None


def test_a_token_that_changed_is_not_touched(hands: CountingHands, place: Path) -> None:
    journal = AgentJournal(place)
    steps = a_list(sent(CASES[OrderKind.GENERATE_KEY_PAIR]), content_hash="other")
    assert Executor(journal).execute(steps, hands) is None
    (result,) = journal.unreported()[0].results
    assert (result.why, result.permanent) == (why(Trouble.CONTENTS_CHANGED), True)
    assert hands.done == [ReadContents()]


def test_the_first_order_that_fails_ends_the_list(token: FakeToken, hands: CountingHands, place: Path) -> None:
    token.faults.append(Fault(GenerateKeyPair, Trouble.TOKEN_FULL, permanent=True))
    journal = AgentJournal(place)
    orders = (sent(CASES[OrderKind.GENERATE_KEY_PAIR]), sent(RemoveKeyPair(TWO), seq=2))
    assert Executor(journal).execute(a_list(*orders), hands) is None
    results = journal.unreported()[0].results
    assert [(one.seq, one.why, one.permanent) for one in results] == [
        (1, why(Trouble.TOKEN_FULL), True),
        (2, why(Trouble.TOKEN_FULL), True),
    ]
    assert RemoveKeyPair(TWO) not in hands.done


def test_a_missing_token_is_waited_for_and_nothing_is_told(token: FakeToken, hands: CountingHands, place: Path) -> None:
    journal = AgentJournal(place)
    steps = a_list(sent(CASES[OrderKind.GENERATE_KEY_PAIR]))
    token.plugged = False
    held = Executor(journal).execute(steps, hands)
    assert held is not None
    assert held.whom is WaitingFor.TOKEN
    assert journal.unreported() == ()
    token.plugged = True
    assert Executor(journal).execute(steps, hands) is None
    assert journal.unreported()[0].results[0].reply is not None


def test_it_stops_between_two_orders(hands: CountingHands, place: Path) -> None:
    journal = AgentJournal(place)
    orders = (sent(ReadContents()), sent(CASES[OrderKind.GENERATE_KEY_PAIR], seq=2))
    stopping = Executor(journal, stopping=lambda: bool(hands.done))
    assert isinstance(stopping.execute(a_list(*orders), hands), Held)
    assert hands.done == [ReadContents()]
    assert Executor(journal).execute(a_list(*orders), hands) is None
    assert [one.reply is not None for one in journal.unreported()[0].results] == [True, True]


def test_a_list_nobody_asks_for_any_more_is_told_to_be_in_doubt(place: Path) -> None:
    journal = AgentJournal(place)
    steps = a_list(sent(ReadContents()), sent(RemoveKeyPair(TWO), seq=2))
    journal.begin(steps)
    journal.intend(steps, 1)
    give_up(journal, "list", 1, why(Trouble.IN_DOUBT))
    (report,) = journal.unreported()
    assert [(one.seq, one.why, one.permanent) for one in report.results] == [(1, why(Trouble.IN_DOUBT), False)]
    assert journal.begun() == ()


def test_the_journal_holds_no_key_and_knows_the_highest_epoch(hands: CountingHands, place: Path) -> None:
    journal = AgentJournal(place)
    journal.accept(KnownTask("task", "00a1", "Рутокен"))
    assert Executor(journal).execute(a_list(sent(CASES[OrderKind.IMPORT_KEY_PAIR]), epoch=3), hands) is None
    assert journal.epochs() == {"task": 3}
    journal.shut()
    assert COMMON.private_key not in place.read_bytes()


def test_only_what_the_portal_signed_is_read() -> None:
    authority = AgentAuthority()
    signed = authority.sign(a_list(sent(ReadContents())))
    key = authority.trust().order_key
    assert opened(signed, key).id == "list"
    for bad in (
        SignedList(signed.body.replace('"me"', '"it"'), signed.signature),
        SignedList(signed.body, AgentAuthority().sign(a_list(sent(ReadContents()))).signature),
        SignedList(signed.body, b""),
    ):
        with pytest.raises(UnsignedError):
            opened(bad, key)
    assert received(sent(ReadContents())) == ReadContents()
