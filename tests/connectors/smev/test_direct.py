"""The direct exchange against a script: every answer, every fault, every way to be cut off."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal.connectors.smev.direct import DirectExchange
from portal.connectors.smev.http import Endpoint
from portal.connectors.smev.safe_xml import parse
from portal.connectors.smev.signers.sidecar import SidecarSigner
from portal.connectors.smev.versions import VERSIONS
from portal.domain.errors import OutsideUnavailable
from portal.domain.outcomes import Done, Refused
from portal.domain.troubles import Trouble
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
from tests.connectors.smev import said
from tests.support.gost import GostPeople, sign_service
from tests.support.smev_scripted import Asked, Line, Script, scripted

CONTENT = "<k:Request xmlns:k='urn:kind/1.0'><k:Фамилия>Ёлкина</k:Фамилия></k:Request>".encode()
MESSAGE = OutgoingMessage(said.OURS, CONTENT)


class Later:
    """The time now, a little later than the certificates begin."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(minutes=10)


@pytest.fixture(scope="module")
def server() -> Iterator[Script]:
    with scripted() as script:
        yield script


@pytest.fixture(params=["1.1", "1.2", "1.3"])
def number(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def exchange_of(server: Script, signer: SidecarSigner, number: str = "1.3", *, patience: float = 10) -> DirectExchange:
    endpoint = Endpoint(server.url, answer_timeout=patience)
    return DirectExchange(endpoint, VERSIONS[number], signer, signer, Later())


@pytest.fixture
def exchange(server: Script, signer: SidecarSigner, number: str) -> DirectExchange:
    return exchange_of(server, signer, number)


@pytest.fixture
def newest(server: Script, signer: SidecarSigner) -> DirectExchange:
    return exchange_of(server, signer, patience=1)


def received(exchange: MessageExchange) -> Received:
    answer = exchange.next_answer()
    assert isinstance(answer, Received)
    return answer


def test_it_is_an_exchange_without_a_finder(newest: DirectExchange) -> None:
    exchange: MessageExchange = newest
    assert not isinstance(exchange, AnswerFinder)


# ── sending ───────────────────────────────────────────────────────────────────


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
    server: Script, newest: DirectExchange, line: Line
) -> None:
    outcome = newest.send(MESSAGE) if server.says(line) else None
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


# ── answers ───────────────────────────────────────────────────────────────────


def test_an_answer_with_content(
    server: Script, exchange: DirectExchange, smev_signer: SidecarSigner, signer: SidecarSigner, number: str
) -> None:
    raw = said.signed_answer(number, said.content(), smev=smev_signer, sender=signer)
    server.says(raw)
    answer = received(exchange)
    assert server.heard[0].action == "urn:GetResponse"
    assert (answer.message_id, answer.original_id, answer.raw) == (said.THEIRS, said.OURS, raw)
    assert (answer.signature, answer.sender_signature) == (SignatureState.VALID, SignatureState.VALID)
    assert answer.trustworthy
    name = parse(answer.content)
    assert (name.tag, name[0].text) == ("{urn:kind/1.0}answer", "Щербаков-Ёлкин")
    assert (answer.rejects, answer.progress, answer.status, answer.deviations) == ((), None, None, ())
    assert (answer.sender, answer.sent_at) == ("MVD", datetime(2026, 11, 22, 9, tzinfo=UTC))


def test_the_quirks_of_the_stand_are_told_and_do_no_harm(
    server: Script, newest: DirectExchange, smev_signer: SidecarSigner
) -> None:
    raw = said.signed_answer("1.2", said.content(), smev=smev_signer, sender=None, human=False)
    parts = b"--B\r\nContent-Type: application/xop+xml\r\n\r\n" + raw + b"\r\n--B--\r\n"
    server.says(Line(parts, content_type='multipart/related; boundary="B"; type="application/xop+xml"'))
    answer = received(newest)
    assert (answer.signature, answer.sender_signature) == (SignatureState.VALID, SignatureState.ABSENT)
    assert answer.trustworthy
    assert answer.raw == parts
    assert answer.deviations == (
        "version 1.2",
        "Sender without HumanReadableName",
        "Recipient without HumanReadableName",
    )


def test_rejections(server: Script, newest: DirectExchange, smev_signer: SidecarSigner) -> None:
    inside = said.rejected("NO_DATA", "NEWLY_INVENTED")
    server.says(said.signed_answer("1.3", inside, smev=smev_signer, sender=smev_signer))
    answer = received(newest)
    assert [(reject.reason, reject.code) for reject in answer.rejects] == [
        (Rejection.NO_DATA, "NO_DATA"),
        (None, "NEWLY_INVENTED"),
    ]
    assert answer.content == b""


def test_progress(server: Script, newest: DirectExchange, smev_signer: SidecarSigner) -> None:
    inside = (
        "<RequestStatus><StatusCode>7</StatusCode><StatusParameter><Key>place</Key><Value>3</Value></StatusParameter>"
        "<StatusDescription>В работе</StatusDescription></RequestStatus>"
    )
    server.says(said.signed_answer("1.3", inside, smev=smev_signer, sender=smev_signer))
    progress = received(newest).progress
    assert progress is not None
    assert (progress.category, progress.details, progress.parameters) == ("7", "В работе", {"place": "3"})


@pytest.mark.parametrize(
    ("inside", "category", "rule", "fault"),
    [
        (said.status("requestIsQueued"), "requestIsQueued", None, ""),
        (said.status("requestIsQueued", said.smev_fault("SMEVFailure")), "requestIsQueued", None, ""),
        (said.status("requestIsRejectedBySmev"), "requestIsRejectedBySmev", Rule.REFUSE, ""),
        (
            said.status("requestIsRejectedBySmev", said.smev_fault("InvalidContent")),
            "requestIsRejectedBySmev",
            Rule.REFUSE,
            "InvalidContent SMEV-403",
        ),
        (
            said.status("requestIsRejectedBySmev", said.smev_fault("DestinationOverflow", "SMEV-600:Полна")),
            "requestIsRejectedBySmev",
            Rule.NEW_ID,
            "DestinationOverflow SMEV-600",
        ),
    ],
)
def test_statuses_come_in_both_queues(
    server: Script,
    newest: DirectExchange,
    smev_signer: SidecarSigner,
    inside: str,
    category: str,
    rule: Rule | None,
    fault: str,
) -> None:
    server.says(said.signed_answer("1.3", inside, smev=smev_signer, sender=smev_signer))
    status = received(newest).status
    server.says(said.noted("1.3", smev_signer, inside))
    noted = newest.next_status()
    assert status is not None
    assert noted is not None
    assert server.heard[0].action == "urn:GetStatus"
    assert (noted.original_id, noted.signature, noted.note) == (said.OURS, SignatureState.VALID, status)
    assert (status.category, status.rule, status.fault) == (category, rule, fault)
    assert status.details.startswith("Подробности")


def test_an_answer_recorded_from_the_real_stand(official: Path, server: Script, newest: DirectExchange) -> None:
    raw = (official / "recorded" / "GetResponseResponce_InvalidContent.xml").read_bytes()
    server.says(raw)
    answer = received(newest)
    assert answer.original_id == "ac9fbf27-8b8c-11eb-9086-e2bf794ac2e9"
    assert answer.message_id == "ad1d4183-8b8c-11eb-9ae4-fa163e6269f4"
    assert answer.status is not None
    assert (answer.status.rule, answer.status.fault) == (Rule.REFUSE, "InvalidContent SMEV-403")
    # who recorded it indented it: the digests hold, the octets of SignedInfo do not
    assert answer.signature is SignatureState.FORGED
    assert answer.deviations[0] == "version 1.2"


@pytest.mark.parametrize("raw", [b"", said.empty("1.3"), said.empty("1.1"), said.envelope("")])
def test_an_empty_queue(server: Script, newest: DirectExchange, raw: bytes) -> None:
    server.says(raw)
    assert newest.next_answer() is None
    assert newest.next_status() is None


@pytest.mark.parametrize(
    ("damage", "state"),
    [
        (lambda raw: raw.replace("Ёлкин".encode(), "Елкин".encode()), SignatureState.CHANGED),
        (lambda raw: raw.replace(b'Id="RESPONSE"', b'Id="OTHER"'), SignatureState.MISPLACED),
        (lambda raw: raw.replace(b'Id="META"', b'Id="RESPONSE"'), SignatureState.MISPLACED),
    ],
)
def test_a_damaged_answer_is_received_and_not_believed(
    server: Script, newest: DirectExchange, smev_signer: SidecarSigner, damage: object, state: SignatureState
) -> None:
    assert callable(damage)
    server.says(damage(said.signed_answer("1.3", said.content(), smev=smev_signer, sender=smev_signer)))
    answer = received(newest)
    assert (answer.message_id, answer.signature, answer.trustworthy) == (said.THEIRS, state, False)


def test_an_unsigned_answer_is_not_believed(server: Script, newest: DirectExchange) -> None:
    server.says(said.signed_answer("1.3", said.content(), smev=None, sender=None))
    answer = received(newest)
    assert (answer.signature, answer.trustworthy) == (SignatureState.ABSENT, False)


@pytest.mark.parametrize(
    ("who", "state"), [("stranger", SignatureState.UNTRUSTED), ("expired", SignatureState.EXPIRED)]
)
def test_an_answer_signed_by_another_is_not_believed(
    server: Script, newest: DirectExchange, people: GostPeople, who: str, state: SignatureState
) -> None:
    with sign_service(people.folder / "o", getattr(people, who)) as other:
        server.says(said.signed_answer("1.3", said.content(), smev=other, sender=other))
    answer = received(newest)
    assert (answer.signature, answer.trustworthy) == (state, False)


def test_a_forged_sender_is_not_believed_even_if_the_exchange_vouches(
    server: Script, newest: DirectExchange, smev_signer: SidecarSigner
) -> None:
    raw = said.answer("1.3", said.content())
    raw = said.signed(raw, smev_signer, "SenderProvidedResponseData", "SenderInformationSystemSignature")
    raw = raw.replace("Ёлкин".encode(), "Елкин".encode())
    raw = said.signed(raw, smev_signer, "Response", "SMEVSignature")
    server.says(raw)
    answer = received(newest)
    assert (answer.signature, answer.sender_signature) == (SignatureState.VALID, SignatureState.CHANGED)
    assert not answer.trustworthy


@pytest.mark.parametrize("inside", [said.content() * 2, said.content(said.PERSON * 2), said.status("x") * 2])
def test_what_could_be_read_two_ways_is_kept_unread(
    server: Script, newest: DirectExchange, smev_signer: SidecarSigner, inside: str
) -> None:
    raw = said.signed_answer("1.3", inside, smev=smev_signer, sender=smev_signer)
    server.says(raw)
    answer = newest.next_answer()
    assert isinstance(answer, Unreadable)
    assert answer.raw == raw


def test_a_message_without_an_id_is_kept_unread(
    server: Script, newest: DirectExchange, smev_signer: SidecarSigner
) -> None:
    raw = said.signed_answer("1.3", said.content(), smev=smev_signer, sender=smev_signer)
    server.says(raw.replace(said.THEIRS.encode(), b""))
    assert isinstance(newest.next_answer(), Unreadable)


def test_a_content_without_a_canonical_form_is_kept_unread(
    server: Script, newest: DirectExchange, smev_signer: SidecarSigner
) -> None:
    raw = said.signed_answer("1.3", said.content(), smev=smev_signer, sender=smev_signer)
    server.says(raw.replace(b"urn:kind/1.0", b"relative"))
    assert isinstance(newest.next_answer(), Unreadable)


def test_a_signed_info_without_a_canonical_form_is_malformed(
    server: Script, newest: DirectExchange, smev_signer: SidecarSigner
) -> None:
    raw = said.signed_answer("1.3", said.content(), smev=smev_signer, sender=None)
    server.says(raw.replace(b"<ds:SignedInfo>", b'<ds:SignedInfo xmlns:r="relative" r:a="">'))
    assert received(newest).signature is SignatureState.MALFORMED


def test_a_status_that_could_be_read_two_ways_is_no_answer(server: Script, newest: DirectExchange) -> None:
    server.says(said.noted("1.3", None, said.status("x") * 2))
    with pytest.raises(OutsideUnavailable):
        newest.next_status()


def test_an_envelope_without_a_body_is_no_answer(server: Script, newest: DirectExchange) -> None:
    server.says(said.envelope("").replace(b"<s:Body></s:Body>", b""))
    with pytest.raises(OutsideUnavailable):
        newest.next_answer()


def test_two_responses_in_one_message_are_kept_unread(
    server: Script, newest: DirectExchange, smev_signer: SidecarSigner
) -> None:
    raw = said.signed_answer("1.3", said.content(), smev=smev_signer, sender=smev_signer)
    begin, end = raw.index(b"<Response "), raw.index(b"</Response>") + len(b"</Response>")
    server.says(raw[:begin] + raw[begin:end].replace(b"RESPONSE", b"EVIL") + raw[begin:])
    assert isinstance(newest.next_answer(), Unreadable)


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (Line(said.fault("SMEVFailure"), 500), Rule.RESEND_SAME),
        (Line(said.fault("AccessDenied"), 500), Rule.CONFIGURATION),
        (Line(b"garbage"), None),
        (Line(cut=0), None),
    ],
)
def test_a_queue_that_cannot_be_read(server: Script, newest: DirectExchange, line: Line, rule: Rule | None) -> None:
    server.says(line)
    for ask in (newest.next_answer, newest.next_status):
        with pytest.raises(OutsideUnavailable) as error:
            ask()
        assert error.value.data.get("rule") == rule


# ── receipts ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("accepted", [True, False])
def test_acknowledging(server: Script, exchange: DirectExchange, number: str, accepted: bool) -> None:
    server.says(said.acknowledged(number))
    assert exchange.acknowledge(said.THEIRS, accepted=accepted) == Done(Acknowledged(said.THEIRS))
    (heard,) = server.heard
    assert heard.action == "urn:Ack"
    assert f'accepted="{str(accepted).lower()}"'.encode() in heard.body


def test_a_receipt_known_already_is_done(server: Script, newest: DirectExchange) -> None:
    server.says(Line(said.fault("TargetMessageIsNotFound"), 500))
    assert newest.acknowledge(said.THEIRS, accepted=True) == Done(Acknowledged(said.THEIRS, already=True))


@pytest.mark.parametrize("line", [Line(said.fault("SMEVFailure"), 500), Line(cut=0), Line(b"garbage")])
def test_a_receipt_that_did_not_arrive_is_sent_again(server: Script, newest: DirectExchange, line: Line) -> None:
    server.says(line)
    outcome = newest.acknowledge(said.THEIRS, accepted=True)
    assert isinstance(outcome, Refused)
    assert (outcome.permanent, rule_of(outcome)) == (False, Rule.RESEND_SAME)


def test_health(server: Script, newest: DirectExchange) -> None:
    server.says(b"")
    health = newest.health()
    assert health.ready
    assert health.signer is not None
    assert "Ключник" in health.signer.subject
    assert server.heard == []
