"""What the direct face refuses: each rule of the exchange broken once, in a message that is right otherwise."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from lxml import etree

from portal.connectors.clock import SystemClock
from portal.connectors.smev import envelope
from portal.connectors.smev.faults import Faulted
from portal.connectors.smev.http import Endpoint
from portal.connectors.smev.safe_xml import parse
from portal.connectors.smev.signature import signature_over
from portal.connectors.smev.signers.sidecar import SidecarSigner
from portal.connectors.smev.speaking import ask
from portal.connectors.smev.versions import VERSIONS
from portal.domain.outcomes import Done, Refused
from portal.ports.exchange import OutgoingMessage, Rule, rule_of
from tests.support.gost import sign_service
from tests.support.smev_stand import RunningStand
from tests.support.smev_talk import fresh_id, question, received, sent

NEWEST = VERSIONS["1.3"]
Change = Callable[[bytes], bytes]


def refusal(stand: RunningStand, octets: bytes, action: str = "urn:SendRequest") -> str:
    """What the stand says to these octets."""
    with pytest.raises(Faulted) as error:
        ask(Endpoint(stand.direct), action, octets)
    return error.value.fault.label


def signed(signer: SidecarSigner, message: OutgoingMessage) -> bytes:
    return envelope.send_request(message, NEWEST).signed(signer)


def resigned(octets: bytes, signer: SidecarSigner) -> bytes:
    """The same message with a signature over what it says now."""
    root = parse(octets)
    (holder,) = root.iter(f"{{{NEWEST.types}}}CallerInformationSystemSignature")
    request = holder.getparent()
    assert request is not None
    holder[:] = [signature_over(request[0], signer)]
    return envelope.octets(root)


HEADER = re.compile(rb"<soap:Header ?/>")
CHANGES: dict[str, tuple[Change, str]] = {
    "no header": (lambda said: HEADER.sub(b"", said), "SignatureVerificationFault PoorSOAPEnvelopeFormat SMEV-101"),
    "no XML": (lambda _: b"?", "SignatureVerificationFault PoorSOAPEnvelopeFormat SMEV-101"),
    "a document type": (
        lambda said: said.replace(b"?>", b"?><!DOCTYPE a>", 1),
        "SignatureVerificationFault PoorSOAPEnvelopeFormat SMEV-101",
    ),
    "a changed word": (
        lambda said: said.replace("Анна".encode(), "Алла".encode()),
        "SignatureVerificationFault SignatureIsInvalid SMEV-101",
    ),
    "another version": (
        lambda said: said.replace(b"types/1.3", b"types/1.9"),
        "SignatureVerificationFault PoorSOAPEnvelopeFormat SMEV-101",
    ),
    "something unknown": (
        lambda said: said.replace(b"</t:SenderProvidedRequestData>", b"<t:New/></t:SenderProvidedRequestData>"),
        "InvalidContent SMEV-403",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_message_that_was_changed_on_its_way(stand: RunningStand, signer: SidecarSigner, name: str) -> None:
    change, expected = CHANGES[name]
    assert refusal(stand, change(signed(signer, question()))) == expected
    assert stand.state()["taken"] == 0


def test_no_signature_and_a_signature_over_something_else(stand: RunningStand, signer: SidecarSigner) -> None:
    octets = signed(signer, question())
    bare = re.sub(rb"<t:Caller.*</t:Caller\w+>", b"", octets, flags=re.DOTALL)
    assert "NoSignatureFound" in refusal(stand, bare)
    elsewhere = octets.replace(b'Id="SIGNED_BY_CALLER"', b'Id="OTHER"')
    assert "IncorrectSignatureTarget" in refusal(stand, elsewhere)


def test_a_wrapped_signature(stand: RunningStand, signer: SidecarSigner) -> None:
    root = parse(signed(signer, question()))
    (request,) = root.iter(f"{{{NEWEST.types}}}SendRequestRequest")
    true = request[0]
    evil = parse(etree.tostring(true).replace("Анна".encode("ascii", "xmlcharrefreplace"), b"X"))
    request.replace(true, evil)
    root[0].append(true)
    assert "IncorrectSignatureTarget" in refusal(stand, envelope.octets(root))


def test_someone_nobody_knows_and_one_whose_time_is_over(stand: RunningStand) -> None:
    for who, expected in (("stranger/authority", "CertificateIsNotFound"), ("expired", "CertificateIsExpired")):
        identity = type(stand.portal)(stand.folder / f"{who}.key", stand.folder / f"{who}.crt")
        with sign_service(stand.folder / "o", identity) as other:
            assert expected in refusal(stand, signed(other, question()))


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        pytest.param(lambda: str(uuid4()), "InvalidMessageIdFormat", id="made by chance"),
        pytest.param(lambda: fresh_id(timedelta(days=3)), "StaleMessageId", id="old"),
        pytest.param(lambda: fresh_id(-timedelta(hours=1)), "StaleMessageId", id="of the future"),
    ],
)
def test_numbers(stand: RunningStand, signer: SidecarSigner, make: Callable[[], str], fault: str) -> None:
    assert refusal(stand, signed(signer, question(number=make()))).startswith(fault)


def test_an_end_of_life_that_is_over(stand: RunningStand, signer: SidecarSigner) -> None:
    message = question()
    over = OutgoingMessage(message.message_id, message.content, expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert refusal(stand, signed(signer, over)).startswith("EndOfLifeReached")


def test_kinds_that_are_unknown_wrong_or_forbidden(stand: RunningStand, signer: SidecarSigner) -> None:
    unknown = OutgoingMessage(fresh_id(), b"<a xmlns='urn:a'/>")
    assert refusal(stand, signed(signer, unknown)).startswith("BusinessDataTypeIsNotSupported")
    octets = signed(signer, question()).replace(b"11223344595", b"1122334459")
    assert refusal(stand, resigned(octets, signer)).startswith("InvalidContent")
    stand.order("denied", service="snils")
    assert refusal(stand, signed(signer, question())).startswith("AccessDenied")


def test_an_action_that_is_another(stand: RunningStand, signer: SidecarSigner) -> None:
    assert refusal(stand, signed(signer, question()), "urn:GetResponse").startswith("UnknownMessageType")


def test_a_number_is_taken_once(stand: RunningStand, signer: SidecarSigner) -> None:
    exchange, message = stand.directly(signer, SystemClock()), question()
    assert not sent(exchange, message).already
    again = sent(exchange, message)
    assert again.already
    assert stand.state()["taken"] == 1


def test_a_receipt_is_confirmed_once_and_only_of_what_was_given_out(stand: RunningStand, signer: SidecarSigner) -> None:
    exchange = stand.directly(signer, SystemClock())
    sent(exchange, question())
    answer = received(exchange)
    assert exchange.next_answer() is None
    stand.later(1000)
    again = received(exchange)
    assert (again.message_id, again.content) == (answer.message_id, answer.content)
    for known in (False, True):
        confirmed = exchange.acknowledge(answer.message_id, accepted=True)
        assert isinstance(confirmed, Done)
        assert confirmed.reply.already is known
    stand.later(1000)
    assert exchange.next_answer() is None


@pytest.mark.parametrize(
    ("order", "how"),
    [
        ("endings", {"who": "x", "ending": "nonsense"}),
        ("endings", {"who": "x", "ending": "held", "service": "nobody"}),
        ("tricks", {"what": "nonsense"}),
        ("messages/none", {"do": "answer"}),
        ("nonsense", {}),
        ("book", {"entries": [{"surname": "A", "given_name": "B", "shoes": "42"}]}),
    ],
)
def test_orders_nobody_understands(stand: RunningStand, order: str, how: dict[str, object]) -> None:
    with pytest.raises(AssertionError, match=order):
        stand.order(order, **how)


def test_the_adapter_refuses_systems_it_does_not_work_for(stand: RunningStand) -> None:
    exchange = stand.by_adapter()
    object.__setattr__(exchange, "who", type(exchange.who)("OTHERS"))
    outcome = exchange.send(question())
    assert isinstance(outcome, Refused)
    assert rule_of(outcome) is Rule.REFUSE
