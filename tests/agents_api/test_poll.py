"""What workstations ask and report at their addresses, in whose name, and in which language."""

from dataclasses import replace

import pytest

from portal.bootstrap import Portal
from portal.domain.agent_tasks import TaskAnswer
from portal.domain.contents import PinTries, TokenContents, TokenSighting
from portal.ports.agent_orders import ListReport, OrderResult
from portal.ports.agent_protocol import OfferAnswer, PollAnswer, PollRequest, dump, load, tokens_hash
from portal.ports.token import TokenReply
from tests.support.workstations import Station, fault_of

TOKEN = TokenSighting("00ff", "", "Сим", "", PinTries.PLENTY, TokenContents("00ff", ()))
POLL = PollRequest("1.0", "belyaeva", "en", tokens_hash((TOKEN,)), (TOKEN,))
REPORT = ListReport("list.1", 1, (OrderResult(1, TokenReply()),))


@pytest.fixture
def known(station: Station, portal: Portal) -> Station:
    station.come_in(portal.agent_codes.make(by="administrator", comment="").text)
    return station


def polled(station: Station, request: PollRequest) -> PollAnswer:
    response = station.post("poll", request)
    assert response.status_code == 200, response.text
    return load(PollAnswer, response.data)


def test_a_strange_token_is_told_in_the_language_of_the_person(known: Station) -> None:
    assert polled(known, POLL).notices == ("The token 00ff is not known to the portal",)
    assert polled(known, replace(POLL, language="ru")).notices == ("Токен 00ff неизвестен порталу",)
    assert polled(known, replace(POLL, language="fr")).notices == ("Токен 00ff неизвестен порталу",)


def test_tokens_are_wanted_when_they_are_others_than_were_told(known: Station) -> None:
    assert not polled(known, POLL).tokens_wanted
    assert not polled(known, replace(POLL, tokens=None)).tokens_wanted
    assert polled(known, replace(POLL, tokens=None, tokens_hash=tokens_hash(()))).tokens_wanted
    assert polled(known, replace(POLL, tokens=(), tokens_hash=tokens_hash(()))).notices == ()


@pytest.mark.parametrize("odd", [b"\\u0000", b"\\ud83d"])
def test_what_is_no_text_is_not_read(known: Station, odd: bytes) -> None:
    marked = dump(replace(POLL, tokens=(replace(TOKEN, label="LABEL"),)))
    assert fault_of(known.post("poll", marked.replace(b"LABEL", odd))).code == "unreadable"
    assert known.post("poll", marked.replace(b"LABEL", b"\\ud83d\\udd11 \\\\u0000")).status_code == 200


def test_what_it_says_of_itself_is_kept(known: Station, portal: Portal) -> None:
    polled(known, replace(POLL, version="1.1", user="petrov"))
    who = portal.agents.identify(known.certificate)
    assert (who.version, who.user_name, who.last_contact) == ("1.1", "petrov", portal.clock.now())


def test_what_is_not_there_cannot_be_answered_or_reported(known: Station) -> None:
    assert known.post("tasks/none/answer", OfferAnswer(TaskAnswer.ACCEPTED)).status_code == 404
    assert known.post("lists/list.1/report", REPORT).status_code == 404


@pytest.mark.parametrize(
    "report",
    [
        replace(REPORT, list="list.2"),
        replace(REPORT, results=()),
        replace(REPORT, results=(OrderResult(2, TokenReply()),)),
        replace(REPORT, results=(OrderResult(1),)),
    ],
    ids=["of another list", "of nothing", "of another order", "that says nothing"],
)
def test_a_report_of_another_shape_is_refused(known: Station, report: ListReport) -> None:
    response = known.post("lists/list.1/report", report)
    assert response.status_code == 422
    assert fault_of(response).words


def test_without_a_certificate_nobody_polls(station: Station) -> None:
    for path, message in (("poll", POLL), ("lists/list.1/report", REPORT)):
        assert fault_of(station.post(path, message)).code == "agent_certificate_missing"
