"""What seldom happens to an application: its data are gone, its seal is broken, two ask at once, an answer too many."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update

from portal.db.models import IdentityApplication
from portal.domain.identity_check import CheckState, IdentityService, Verdict
from portal.domain.outcomes import Done, Outcome, Waiting, WaitingFor
from portal.domain.troubles import Trouble, why
from portal.ports.exchange import OutgoingMessage, Sent
from portal.ports.identity_check import IdentityOrder
from portal.ports.information_kinds import MadeCertificate
from tests.fakes.exchange import FakeExchange
from tests.services.identity_bureau import BOTH, CONFIRMS, INN, SNILS, Bureau
from tests.support.office import Office

VALIDITY = timedelta(days=30)
MADE = MadeCertificate("5a", "CN=УЦ", date(2026, 3, 1), date(2027, 3, 1))


@pytest.fixture
def bureau(office: Office) -> Bureau:
    return Bureau(office)


def reseal(bureau: Bureau, number: int, sealed: bytes | None) -> None:
    """The claim is not what was put there: deleted when its time was over, or damaged."""
    with bureau.office.database.begin() as connection:
        same = update(IdentityApplication).where(IdentityApplication.id == number)
        connection.execute(same.values(sealed=sealed))


@pytest.mark.parametrize("sealed", [None, b"not what was sealed"])
def test_without_the_claim_nothing_is_sent(bureau: Bureau, sealed: bytes | None) -> None:
    number = bureau.start()
    reseal(bureau, number, sealed)
    assert bureau.ask() == 0
    assert bureau.exchange.taken == {}
    assert {(row.state, row.trouble) for row in bureau.questions(number).values()} == {
        (CheckState.NO_ANSWER, "unwritable:claim")
    }
    assert bureau.verdict(number) is Verdict.NO_ANSWER


@pytest.mark.parametrize("sealed", [None, b"not what was sealed"])
def test_without_the_claim_no_answer_is_believed(bureau: Bureau, sealed: bytes | None) -> None:
    number = bureau.start()
    bureau.ask()
    reseal(bureau, number, sealed)
    bureau.registers_answer()
    assert bureau.take() == len(BOTH)
    assert {(row.state, row.trouble) for row in bureau.questions(number).values()} == {(CheckState.NO_ANSWER, "claim")}
    assert len(bureau.answers()) == len(BOTH), "what came is kept as evidence"


def test_a_question_somebody_else_has_taken_is_left_to_him(bureau: Bureau) -> None:
    number = bureau.start()
    rounds = [0]

    def another_asks(moment: str) -> None:
        if moment == "after send" and not rounds[0]:
            rounds[0] = bureau.ask()

    bureau.exchange.hook = another_asks
    assert (bureau.ask(), rounds[0]) == (1, 1)
    assert len(bureau.exchange.taken) == len(BOTH)
    assert {row.state for row in bureau.questions(number).values()} == {CheckState.SENT}


class Hesitant(FakeExchange):
    """Says neither yes nor no."""

    def send(self, message: OutgoingMessage) -> Outcome[Sent]:
        return Waiting(WaitingFor.RETRY, why(Trouble.IDENTITY_SILENT), datetime.now(UTC))


def test_an_exchange_that_says_neither_yes_nor_no_is_asked_again(bureau: Bureau) -> None:
    number = bureau.start()
    willing, bureau.exchange = bureau.exchange, Hesitant()
    assert bureau.ask() == 0
    assert {row.trouble for row in bureau.questions(number).values()} == {"waiting"}
    bureau.exchange = willing
    bureau.office.clock.advance(hours=1)
    assert bureau.ask() == len(BOTH)


def test_an_answer_after_the_answer_changes_nothing_and_is_kept(bureau: Bureau) -> None:
    number = bureau.start()
    bureau.ask()
    bureau.registers_answer()
    bureau.take()
    (snils,) = (one for one, content in bureau.exchange.taken.items() if b"Snils" in content)
    name = "http://kvs.pfr.com/snils-validation/1.0.1"
    refutes = CONFIRMS["SnilsValidationRequest"].format(name).replace("true", "false")
    bureau.exchange.answer(snils, refutes, number="one-too-many")
    assert bureau.take() == 1
    assert bureau.questions(number)[SNILS].state is CheckState.CONFIRMED
    assert bureau.verdict(number) is Verdict.CONFIRMED
    assert bureau.answers()[-1].message_id == "one-too-many"
    assert bureau.answers()[-1].acknowledged_at


def test_what_is_announced_goes_out_with_the_certificate_s_facts_and_once(bureau: Bureau) -> None:
    number = bureau.start()
    bureau.ask()
    bureau.registers_answer()
    bureau.take()
    order = IdentityOrder("order-1", bureau.person, BOTH, VALIDITY)
    first = bureau.verdicts.announce(order, MADE)
    assert first == bureau.verdicts.announce(order, MADE)
    asked = set(bureau.exchange.taken)
    assert bureau.ask() == 1
    (told,) = (content for one, content in bureau.exchange.taken.items() if one not in asked)
    assert b"5a" in told.lower()
    assert bureau.questions(number)[IdentityService.ACCOUNT].state is CheckState.SENT


def test_nothing_is_announced_of_somebody_whose_data_were_deleted(bureau: Bureau) -> None:
    order = IdentityOrder("order-1", bureau.person, frozenset({INN}), VALIDITY)
    assert bureau.verdicts.announce(order, MADE) == Done("")
    assert bureau.ask() == 0
