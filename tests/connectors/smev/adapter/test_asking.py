"""What we say to the standard adapter, judged by other people's schemas, and what it says to that."""

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
from portal.connectors.smev.safe_xml import parse
from portal.domain.outcomes import Done, Refused
from portal.ports.exchange import (
    AnswerFinder,
    MessageExchange,
    OutgoingMessage,
    Rule,
    SignatureState,
    rule_of,
)
from tests.connectors.smev.adapter.built import CONTENT, SMEV, WHO, listed, payload, result, sent, soap_fault, spoken
from tests.connectors.smev.said import OURS, PERSON
from tests.support.adapter_package import adapter_schema
from tests.support.smev_scripted import Asked, Line, Script


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
