"""What the standard adapter hands out, read from a script; other people's client reads the same."""

from datetime import UTC, datetime

import pytest
from lxml import etree

from portal.connectors.smev.adapter import AdapterExchange
from portal.connectors.smev.adapter_messages import (
    TYPES,
)
from portal.connectors.smev.safe_xml import Element, parse, qualified
from portal.connectors.smev.versions import SOAP
from portal.domain.errors import OutsideUnavailable
from portal.domain.outcomes import Done
from portal.ports.exchange import (
    Acknowledged,
    OutgoingMessage,
    Received,
    Rejection,
    Rule,
    Unreadable,
)
from tests.connectors.smev.adapter.built import (
    CONTENT,
    CONTENTS,
    QUEUED,
    SMEV,
    error,
    listed,
    payload,
    response,
    result,
    sent,
    soap_fault,
    spoken,
)
from tests.connectors.smev.said import OURS, PERSON, THEIRS
from tests.support.adapter_package import adapter_client, adapter_schema
from tests.support.smev_scripted import Line, Script


def received(exchange: AdapterExchange) -> Received:
    answer = exchange.next_answer()
    assert isinstance(answer, Received)
    return answer


def test_an_answer_with_content(server: Script, exchange: AdapterExchange) -> None:
    raw = spoken(CONTENTS)
    server.says(raw)
    answer = received(exchange)
    (heard,) = server.heard
    assert heard.action == "urn:Get"
    adapter_schema().assertValid(payload(heard.body))
    assert (answer.message_id, answer.original_id, answer.raw) == (THEIRS, OURS, raw)
    assert answer.trustworthy
    assert parse(answer.content)[0].text == "Щербаков-Ёлкин"
    assert (answer.sender, answer.sent_at) == ("MVD", datetime(2026, 11, 22, 9, tzinfo=UTC))


def test_rejections_and_progress(server: Script, exchange: AdapterExchange) -> None:
    server.says(spoken(response("<rejects><code>NO_DATA</code><description>Нет</description></rejects>")))
    assert [reject.reason for reject in received(exchange).rejects] == [Rejection.NO_DATA]
    inside = (
        "<status><code>7</code><description>В работе</description>"
        "<parameter><key>place</key><value>3</value></parameter></status>"
    )
    server.says(spoken(response(inside)))
    progress = received(exchange).progress
    assert progress is not None
    assert (progress.category, progress.details, progress.parameters) == ("7", "В работе", {"place": "3"})


@pytest.mark.parametrize(
    ("message", "rule", "fault"),
    [
        (QUEUED, None, ""),
        (error("SERVER"), Rule.NEW_ID, "7"),
        (error("CLIENT"), Rule.REFUSE, "7"),
        (error("SERVER", "SMEV-403:Не соответствует"), Rule.REFUSE, "SMEV-403"),
        (error("CLIENT", "SMEV-600:Полна"), Rule.NEW_ID, "SMEV-600"),
        (error("CLIENT", "SMEV-100:Истёк"), Rule.CONFIGURATION, "SMEV-100"),
    ],
)
def test_statuses(server: Script, exchange: AdapterExchange, message: str, rule: Rule | None, fault: str) -> None:
    server.says(spoken(message))
    answer = received(exchange)
    assert answer.original_id == OURS
    assert answer.status is not None
    assert (answer.status.rule, answer.status.fault) == (rule, fault)
    assert answer.status.details.startswith("Подробности")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        f'<s:Envelope xmlns:s="{SOAP}"><s:Body/></s:Envelope>'.encode(),
        spoken(f'<QueryResult xmlns="{TYPES}"/>', judged=False),
        listed(),
    ],
)
def test_an_empty_queue(server: Script, exchange: AdapterExchange, raw: bytes) -> None:
    server.says(raw)
    assert exchange.next_answer() is None
    assert exchange.answer_to(OURS) is None
    assert exchange.next_status() is None


def test_what_ended_the_question_is_found_among_what_was_told_on_the_way(
    server: Script, exchange: AdapterExchange
) -> None:
    server.says(listed(QUEUED, CONTENTS, QUEUED))
    answer = exchange.answer_to(OURS)
    adapter_schema().assertValid(payload(server.heard[0].body))
    assert isinstance(answer, Received)
    assert answer.content
    server.says(listed(QUEUED, error("SERVER")))
    failed = exchange.answer_to(OURS)
    assert isinstance(failed, Received)
    assert failed.status is not None
    assert failed.status.rule is Rule.NEW_ID


def test_what_is_no_answer_weighs_least(server: Script, exchange: AdapterExchange) -> None:
    server.says(listed(result("<messageType>x</messageType>", "Message"), QUEUED))
    answer = exchange.answer_to(OURS)
    assert isinstance(answer, Received)
    assert answer.status is not None


def test_what_is_no_answer_is_kept_unread(server: Script, exchange: AdapterExchange) -> None:
    raw = spoken(result("<messageType>x</messageType>", "Message"))
    server.says(raw)
    assert exchange.next_answer() == Unreadable(raw, "not an answer")
    twice = f"<content><MessagePrimaryContent>{PERSON * 2}</MessagePrimaryContent></content>"
    server.says(spoken(response(twice), judged=False))
    assert isinstance(exchange.next_answer(), Unreadable)


@pytest.mark.parametrize(
    ("line", "rule"), [(soap_fault("SystemFault"), "resend_same"), (Line(b"garbage"), None), (Line(cut=0), None)]
)
def test_a_queue_that_cannot_be_read(server: Script, exchange: AdapterExchange, line: Line, rule: str | None) -> None:
    server.says(line)
    with pytest.raises(OutsideUnavailable) as unavailable:
        exchange.next_answer()
    assert unavailable.value.data.get("rule") == rule


def test_the_adapter_acknowledges_by_itself(server: Script, exchange: AdapterExchange) -> None:
    server.says(b"")
    assert exchange.acknowledge(THEIRS, accepted=True) == Done(Acknowledged(THEIRS))
    assert exchange.health().ready
    assert server.heard == []


# ── other people's client says the same ───────────────────────────────────────


def test_the_client_of_the_package_asks_as_we_do(server: Script, exchange: AdapterExchange) -> None:
    server.says(sent())
    theirs = adapter_client(server.url, "US", "send", OURS, CONTENT.decode())
    assert (theirs["error"], theirs["message_id"]) == (None, SMEV)
    (heard,) = server.heard
    exchange.send(OutgoingMessage(OURS, CONTENT))
    ours = server.heard[1]
    assert (heard.action, heard.path) == (ours.action, ours.path)
    assert skeleton(payload(heard.body)) == skeleton(payload(ours.body)) - {"nodeId"}


def test_the_client_of_the_package_reads_the_answers_we_read(server: Script, exchange: AdapterExchange) -> None:
    server.says(listed(CONTENTS))
    theirs = adapter_client(server.url, "US", "find", OURS)
    ours = exchange.answer_to(OURS)
    assert isinstance(ours, Received)
    assert (theirs["error"], theirs["answer"]["message_id"]) == (None, ours.message_id)
    assert parse(theirs["answer"]["body"].encode())[0].text == parse(ours.content)[0].text


def skeleton(element: Element) -> set[str]:
    return {qualified(node)[1] for node in element.iter(etree.Element)}
