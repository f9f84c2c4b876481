"""The registers of the stand through both faces: the truth by the book, or what was arranged."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from portal.connectors.clock import SystemClock
from portal.connectors.smev.kinds.catalogue import CATALOGUE
from portal.connectors.smev.signers.sidecar import SidecarSigner
from portal.domain.identity import IdentityClaim, Organization
from portal.domain.identity_check import CheckAnswer, CheckState, IdentityService, RefutedBy
from portal.ports.exchange import MessageExchange, Rejection
from portal.ports.information_kinds import MadeCertificate, Question
from tests.support.citizens import inn_of, ogrn_of
from tests.support.smev_stand import RunningStand
from tests.support.smev_talk import ASKER, CLAIM, fresh_id, meaning, question, received, sent

S = IdentityService
CONFIRMED = CheckAnswer(CheckState.CONFIRMED)
COMPANY = Organization("ООО «Ромашка»", inn_of(770_000_001, person=False), ogrn_of(102_770_000_001))
TRADER = Organization("ИП Ёлкина", inn_of(5_001_007_322, person=True), ogrn_of(30_477_000_000_001))


@pytest.fixture(params=["1.1", "1.2", "1.3", "adapter"])
def exchange(request: pytest.FixtureRequest, stand: RunningStand, signer: SidecarSigner) -> MessageExchange:
    way = str(request.param)
    return stand.by_adapter() if way == "adapter" else stand.directly(signer, SystemClock(), way)


def asked(exchange: MessageExchange, service: IdentityService, claim: IdentityClaim = CLAIM) -> CheckAnswer:
    sent(exchange, question(service, claim))
    answer = received(exchange)
    assert answer.trustworthy
    assert not answer.deviations
    exchange.acknowledge(answer.message_id, accepted=True)
    if answer.rejects:
        assert [reject.reason for reject in answer.rejects] == [Rejection.NO_DATA]
        return CheckAnswer(CheckState.NOT_FOUND)
    return meaning(answer, service, claim)


@pytest.mark.parametrize("service", [S.PASSPORT, S.SNILS, S.SNILS_SEARCH, S.INN, S.INN_SEARCH])
def test_registers_know_a_person_as_she_is(exchange: MessageExchange, service: IdentityService) -> None:
    assert asked(exchange, service) == CONFIRMED


@pytest.mark.parametrize(
    ("service", "change", "answer"),
    [
        (S.SNILS, {"snils": "08765430300"}, CheckAnswer(CheckState.REFUTED, RefutedBy.SNILS_DIFFERS)),
        (S.SNILS, {"surname": "Палкина"}, CheckAnswer(CheckState.NOT_FOUND)),
        (S.SNILS_SEARCH, {"birth_date": date(1990, 3, 13)}, CheckAnswer(CheckState.NOT_FOUND)),
        (S.INN_SEARCH, {"surname": "Палкина"}, CheckAnswer(CheckState.NOT_FOUND, remark="01")),
        (S.INN, {"inn": "500100732258"}, CheckAnswer(CheckState.REFUTED, RefutedBy.INN_DIFFERS)),
        (S.PASSPORT, {"surname": "Палкина"}, CheckAnswer(CheckState.NOT_FOUND)),
    ],
)
def test_registers_know_her_otherwise(
    exchange: MessageExchange, service: IdentityService, change: dict[str, Any], answer: CheckAnswer
) -> None:
    assert asked(exchange, service, replace(CLAIM, **change)) == answer


@pytest.mark.parametrize("code", ["601", "602", "603", "604", "605", "606", "607", "609"])
def test_a_passport_that_is_not_valid(stand: RunningStand, code: str) -> None:
    stand.ends("4510123456", "truth", "passport")
    stand.ends("Ёлкина", f"invalid:{code}", "passport")
    answer = asked(stand.by_adapter(), S.PASSPORT)
    assert (answer.result, answer.remark) == (CheckState.REFUTED, code)


def test_another_passport(exchange: MessageExchange) -> None:
    passport = CLAIM.passport
    assert passport is not None
    other = replace(CLAIM, passport=replace(passport, number="000001"))
    assert asked(exchange, S.PASSPORT, other).refuted_by is RefutedBy.PASSPORT_DIFFERS
    assert asked(exchange, S.INN, other).result is CheckState.NOT_FOUND


def test_organisations(stand: RunningStand, exchange: MessageExchange) -> None:
    head = {"surname": "Ёлкина", "given_name": "Анна"}
    known = {"ogrn": COMPANY.ogrn, "inn": COMPANY.inn, "name": COMPANY.name} | head
    trader = {"ogrn": TRADER.ogrn, "inn": TRADER.inn, "name": TRADER.name} | head
    claim, own = replace(CLAIM, organization=COMPANY), replace(CLAIM, organization=TRADER)
    stand.order("book", entries=[known, trader])
    assert asked(exchange, S.LEGAL_ENTITY, claim).remark == "head"
    assert asked(exchange, S.ENTREPRENEUR, own) == CheckAnswer(CheckState.CONFIRMED, remark="head")
    stand.order("book", entries=[known | {"closed": True}, trader | {"closed": True}])
    assert asked(exchange, S.LEGAL_ENTITY, claim).refuted_by is RefutedBy.ORGANIZATION_CLOSED
    assert asked(exchange, S.ENTREPRENEUR, own).refuted_by is RefutedBy.ORGANIZATION_CLOSED
    nobody = replace(COMPANY, ogrn=ogrn_of(102_770_000_002))
    assert asked(exchange, S.LEGAL_ENTITY, replace(CLAIM, organization=nobody)).result is CheckState.NOT_FOUND


def test_an_account_is_told_of_its_certificate(stand: RunningStand) -> None:
    made = MadeCertificate("0A1B", "Ключ УЦ", date(2026, 1, 1), date(2027, 1, 1))
    exchange, number = stand.by_adapter(), fresh_id()
    content = CATALOGUE.write(S.ACCOUNT, Question(CLAIM, number, ASKER, "DEV", made))
    sent(exchange, replace(question(number=number), content=content))
    assert meaning(received(exchange), S.ACCOUNT) == CONFIRMED
