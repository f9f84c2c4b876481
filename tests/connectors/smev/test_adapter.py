"""The standard adapter against a script; what we say and what the script says is judged by other people's schemas."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from portal.connectors.smev.adapter import AdapterExchange
from portal.connectors.smev.adapter_messages import (
    REQUEST,
    RESPONSE,
    TYPES,
    Addressed,
    client_message,
    find_message,
    message_query,
)
from portal.connectors.smev.http import Endpoint
from portal.connectors.smev.safe_xml import Element, child, elements, parse, qualified
from portal.connectors.smev.versions import SOAP
from portal.domain.errors import OutsideUnavailable
from portal.domain.outcomes import Done, Refused
from portal.ports.exchange import (
    Acknowledged,
    AnswerFinder,
    MessageExchange,
    OutgoingMessage,
    Received,
    Rejection,
    Rule,
    SignatureState,
    Unreadable,
    rule_of,
)
from tests.connectors.smev.said import OURS, PERSON, THEIRS
from tests.support.adapter_package import adapter_client, adapter_schema
from tests.support.smev_scripted import Asked, Line, Script, scripted

CONTENT = "<k:Request xmlns:k='urn:kind/1.0'><k:Фамилия>Ёлкина</k:Фамилия></k:Request>".encode()
WHO = Addressed("US", "node-1")
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
SMEV = "10c8a4b6-c7a6-11f0-8de9-0242ac120002"
FAULTS = "urn://x-artefacts-smev-gov-ru/services/service-adapter/types/faults"


@pytest.fixture(scope="module")
def server() -> Iterator[Script]:
    with scripted() as script:
        yield script


@pytest.fixture
def exchange(server: Script) -> AdapterExchange:
    return AdapterExchange(Endpoint(server.url, answer_timeout=120), WHO)


def spoken(payload: str, *, judged: bool = True) -> bytes:
    element = parse(payload.encode())
    if judged:
        adapter_schema().assertValid(element)
    return f'<s:Envelope xmlns:s="{SOAP}"><s:Body>{payload}</s:Body></s:Envelope>'.encode()


def sent(identifier: str = SMEV) -> bytes:
    return spoken(
        f'<MessageResult xmlns="{TYPES}"><itSystem>US</itSystem><MessageId>{identifier}</MessageId></MessageResult>'
    )


def result(message: str, kind: str, name: str = "QueryResult", smev: str = THEIRS) -> str:
    return (
        f'<a:{name} xmlns:a="{TYPES}" xmlns="{TYPES}" {XSI}><smevMetadata><MessageId>{smev}</MessageId>'
        f"<OriginalMessageID>{SMEV}</OriginalMessageID><Sender>MVD</Sender><Recipient>US</Recipient>"
        f'<SendingDate>2026-11-22T12:00:00+03:00</SendingDate></smevMetadata><Message xsi:type="a:{kind}">{message}'
        f"</Message></a:{name}>"
    )


def response(inside: str) -> str:
    return result(
        "<messageType>PrimaryMessage</messageType>"
        f"<ResponseMetadata><clientId>c</clientId><replyToClientId>{OURS}</replyToClientId></ResponseMetadata>"
        f"<ResponseContent>{inside}</ResponseContent>",
        "ResponseMessageType",
    )


def note(kind: str, status: str, more: str = "") -> str:
    return result(
        f"<statusMetadata><clientId>c</clientId><originalClientId>{OURS}</originalClientId></statusMetadata>"
        f"<status>{status}</status><details>Подробности</details>{more}",
        kind,
    )


CONTENTS = response(f"<content><MessagePrimaryContent>{PERSON}</MessagePrimaryContent></content>")
QUEUED = note("StatusMessage", "OTHER")


def error(kind: str, said: str = "") -> str:
    fault = f'<f:code xmlns:f="{FAULTS}">7</f:code><f:description xmlns:f="{FAULTS}">{said}</f:description>'
    return note("ErrorMessage", "ERROR", f"<type>{kind}</type><fault>{fault}</fault>")


def listed(*results: str) -> bytes:
    return spoken(f'<QueryResultList xmlns="{TYPES}">{"".join(results)}</QueryResultList>')


def soap_fault(name: str, said: str = "") -> Line:
    detail = f'<f:{name} xmlns:f="{FAULTS}"><f:code>1</f:code><f:description>{said}</f:description></f:{name}>'
    body = f"<s:Fault><faultcode>s:Server</faultcode><faultstring>x</faultstring><detail>{detail}</detail></s:Fault>"
    return Line(f'<s:Envelope xmlns:s="{SOAP}"><s:Body>{body}</s:Body></s:Envelope>'.encode(), 500)


def payload(octets: bytes) -> Element:
    root = parse(octets)
    assert [qualified(part) for part in elements(root)][-1] == (SOAP, "Body")
    body = child(root, "Body", SOAP)
    assert body is not None
    (inside,) = elements(body)
    return inside


# ── what we say ───────────────────────────────────────────────────────────────


def test_it_is_an_exchange_with_a_finder(exchange: AdapterExchange) -> None:
    port: MessageExchange = exchange
    assert isinstance(port, AnswerFinder)


@pytest.mark.parametrize("who", [WHO, Addressed("US")])
def test_every_question_is_valid_by_the_schemas_of_the_package(who: Addressed) -> None:
    questions = [
        client_message(OutgoingMessage(OURS, CONTENT), who),
        client_message(OutgoingMessage(OURS, CONTENT, test=True, expires_at=datetime.now(UTC)), who),
        message_query(who),
        find_message(OURS, REQUEST, who),
        find_message(OURS, RESPONSE, who),
    ]
    for question in questions:
        adapter_schema().assertValid(parse(etree.tostring(question, encoding="utf-8")))


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters=">\ufffe\uffff")))
def test_whatever_a_value_holds_the_message_is_valid(value: str) -> None:
    content = etree.Element("{urn:kind}a", attr=value)
    content.text = value
    question = parse(
        etree.tostring(client_message(OutgoingMessage(OURS, etree.tostring(content, encoding="utf-8")), WHO))
    )
    adapter_schema().assertValid(question)
    (arrived,) = question.iter("{urn:kind}a")
    assert ((arrived.text or ""), arrived.get("attr")) == (value, value)


# ── sending ───────────────────────────────────────────────────────────────────


def test_sending(server: Script, exchange: AdapterExchange) -> None:
    server.says(sent())
    outcome = exchange.send(OutgoingMessage(OURS, CONTENT))
    (heard,) = server.heard
    assert heard.action == "urn:Send"
    adapter_schema().assertValid(payload(heard.body))
    assert isinstance(outcome, Done)
    assert (outcome.reply.message_id, outcome.reply.already, outcome.reply.request) == (SMEV, False, heard.body)
    assert outcome.reply.signature is SignatureState.NOT_SIGNED


def test_a_repeated_try_asks_first_and_sends_only_what_did_not_arrive(
    server: Script, exchange: AdapterExchange
) -> None:
    kept: list[bytes] = []

    def adapter(asked: Asked) -> Line:
        if asked.action == "urn:Find":
            request = result(
                f"<RequestMetadata><clientId>{OURS}</clientId></RequestMetadata><RequestContent><content>"
                f"<MessagePrimaryContent>{PERSON}</MessagePrimaryContent></content></RequestContent>",
                "RequestMessageType",
                smev=SMEV,
            )
            return Line(listed(request) if kept else listed())
        kept.append(asked.body)
        return Line(sent(), cut=5)

    server.says(adapter)
    assert isinstance(exchange.send(OutgoingMessage(OURS, CONTENT)), Refused)
    again = exchange.send(OutgoingMessage(OURS, CONTENT, again=True))
    assert isinstance(again, Done)
    assert (again.reply.message_id, again.reply.already, len(kept)) == (SMEV, True, 1)
    kept.clear()
    assert isinstance(exchange.send(OutgoingMessage(OURS, CONTENT, again=True)), Refused)
    assert [asked.action for asked in server.heard[-2:]] == ["urn:Find", "urn:Send"]


@pytest.mark.parametrize(
    ("line", "rule", "permanent"),
    [
        (soap_fault("SystemFault"), Rule.RESEND_SAME, False),
        (soap_fault("ValidationFault"), Rule.REFUSE, True),
        (Line(b"garbage"), Rule.RESEND_SAME, False),
        (Line(b""), Rule.RESEND_SAME, False),
        (Line(spoken(f'<x xmlns="{TYPES}"/>', judged=False)), Rule.RESEND_SAME, False),
        (Line(cut=0), Rule.RESEND_SAME, False),
        (Line(b"", 404), Rule.CONFIGURATION, False),
    ],
)
def test_refusals(server: Script, exchange: AdapterExchange, line: Line, rule: Rule, permanent: bool) -> None:
    server.says(line)
    outcome = exchange.send(OutgoingMessage(OURS, CONTENT))
    assert isinstance(outcome, Refused)
    assert (rule_of(outcome), outcome.permanent) == (rule, permanent)


def test_content_that_may_not_travel_is_refused_unsent(server: Script, exchange: AdapterExchange) -> None:
    server.says(sent())
    outcome = exchange.send(OutgoingMessage(OURS, b"<a xmlns='urn:a'>&gt;</a>"))
    assert isinstance(outcome, Refused)
    assert (rule_of(outcome), server.heard) == (Rule.REFUSE, [])


# ── answers ───────────────────────────────────────────────────────────────────


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
