"""The direct exchange against a script: sending."""

from pathlib import Path

import pytest

from portal.connectors.smev.direct import DirectExchange
from portal.connectors.smev.safe_xml import parse
from portal.connectors.smev.signers.sidecar import SidecarSigner
from portal.domain.errors import OutsideUnavailable
from portal.domain.outcomes import Done, Refused
from portal.domain.troubles import Trouble
from portal.ports.exchange import (
    AnswerFinder,
    MessageExchange,
    OutgoingMessage,
    Rule,
    SignatureState,
    rule_of,
)
from tests.connectors.smev import said
from tests.connectors.smev.direct.exchanging import MESSAGE, exchange_of
from tests.support.smev_scripted import Asked, Line, Script


def test_it_is_an_exchange_without_a_finder(newest: DirectExchange) -> None:
    exchange: MessageExchange = newest
    assert not isinstance(exchange, AnswerFinder)


def test_sending(server: Script, exchange: DirectExchange, smev_signer: SidecarSigner, number: str) -> None:
    answer = said.sent(number, smev_signer)
    server.says(answer)
    outcome = exchange.send(MESSAGE)
    (heard,) = server.heard
    assert heard.action == "urn:SendRequest"
    assert said.OURS.encode() in heard.body
    assert isinstance(outcome, Done)
    sent = outcome.reply
    assert (sent.message_id, sent.status, sent.already) == (said.OURS, "requestIsQueued", False)
    assert (sent.signature, sent.request, sent.raw) == (SignatureState.VALID, heard.body, answer)


def test_what_was_sent_before_counts_as_sent(server: Script, newest: DirectExchange) -> None:
    server.says(Line(said.fault("MessageIsAlreadySent"), 500))
    outcome = newest.send(MESSAGE)
    assert isinstance(outcome, Done)
    assert outcome.reply.already


@pytest.mark.parametrize(
    ("name", "trouble", "permanent", "rule"),
    [
        ("SMEVFailure", Trouble.SMEV_UNAVAILABLE, False, Rule.RESEND_SAME),
        ("StaleMessageId", Trouble.SMEV_REFUSED, True, Rule.NEW_ID),
        ("InvalidContent", Trouble.SMEV_REFUSED, True, Rule.REFUSE),
        ("AccessDenied", Trouble.SMEV_MISCONFIGURED, False, Rule.CONFIGURATION),
    ],
)
def test_faults_are_refusals_with_their_rule(
    server: Script, newest: DirectExchange, name: str, trouble: Trouble, permanent: bool, rule: Rule
) -> None:
    server.says(Line(said.fault(name, "SMEV-1:Иванов"), 500))
    outcome = newest.send(MESSAGE)
    assert isinstance(outcome, Refused)
    assert (outcome.why.trouble, outcome.permanent, rule_of(outcome)) == (trouble, permanent, rule)
    assert name in outcome.why.detail
    assert "Иванов" not in repr(outcome)


@pytest.mark.parametrize(
    "content", [b"", b"<a/>", b"<a xmlns='urn:a'>1 &gt; 0</a>", b"<!DOCTYPE a><a xmlns='urn:a'/>", b"<a xmlns='urn:a'>"]
)
def test_content_that_may_not_travel_is_refused_unsent(server: Script, newest: DirectExchange, content: bytes) -> None:
    server.says(said.fault("SMEVFailure"))
    outcome = newest.send(OutgoingMessage(said.OURS, content))
    assert isinstance(outcome, Refused)
    assert (outcome.permanent, rule_of(outcome), server.heard) == (True, Rule.REFUSE, [])


@pytest.mark.parametrize(
    "line",
    [
        Line(cut=0),
        Line(b"<x/>" * 50, cut=20),
        Line(b"<late/>", delay=30),
        Line(b"garbage"),
        Line(b""),
        Line(b"<html/>"),
        Line(b"", 503),
        Line(said.envelope("")),
        Line(said.envelope("<a/><b/>")),
        Line(b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + said.envelope("<a>&a;</a>")),
        Line(b"--B\r\n", content_type="multipart/related; boundary=B"),
    ],
)
def test_no_answer_or_none_that_can_be_read_leaves_it_in_doubt(
    server: Script, impatient: DirectExchange, line: Line
) -> None:
    outcome = impatient.send(MESSAGE) if server.says(line) else None
    assert isinstance(outcome, Refused)
    assert (outcome.permanent, rule_of(outcome)) == (False, Rule.RESEND_SAME)
    assert outcome.why.trouble is Trouble.SMEV_UNAVAILABLE


def test_cut_off_after_it_was_taken_and_sent_again_it_is_sent_once(
    server: Script, newest: DirectExchange, smev_signer: SidecarSigner
) -> None:
    taken: list[str] = []

    def take(asked: Asked) -> Line:
        (identifier,) = (str(node.text) for node in parse(asked.body).iter() if str(node.tag).endswith("}MessageID"))
        if identifier in taken:
            return Line(said.fault("MessageIsAlreadySent"), 500)
        taken.append(identifier)
        return Line(said.sent("1.3", smev_signer), cut=10)

    server.says(take)
    assert isinstance(newest.send(MESSAGE), Refused)
    again = newest.send(MESSAGE)
    assert isinstance(again, Done)
    assert again.reply.already
    assert taken == [said.OURS]


def test_without_a_signer_nothing_leaves(server: Script, tmp_path: Path) -> None:
    server.says(said.fault("SMEVFailure"))
    exchange = exchange_of(server, SidecarSigner(tmp_path / "none"))
    outcome = exchange.send(MESSAGE)
    assert isinstance(outcome, Refused)
    assert (outcome.permanent, rule_of(outcome), server.heard) == (False, Rule.RESEND_SAME, [])
    with pytest.raises(OutsideUnavailable):
        exchange.next_answer()
    assert isinstance(exchange.acknowledge(said.THEIRS, accepted=True), Refused)
    assert not exchange.health().ready
