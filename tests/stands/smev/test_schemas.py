"""What the stand says, judged by other people: the official schemas, and the client of the package adapter-client."""

from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from portal.connectors.clock import SystemClock
from portal.connectors.smev import envelope
from portal.connectors.smev.adapter_messages import RESPONSE, Addressed, client_message, find_message, message_query
from portal.connectors.smev.envelope import Envelope
from portal.connectors.smev.http import Endpoint
from portal.connectors.smev.safe_xml import Element, child, elements, parse
from portal.connectors.smev.signers.sidecar import SidecarSigner
from portal.connectors.smev.versions import SOAP, VERSIONS
from tests.support.adapter_package import adapter_client, adapter_schema
from tests.support.smev_shared import needed_smev
from tests.support.smev_stand import SYSTEM, RunningStand
from tests.support.smev_talk import fresh_id, question

ENDINGS = ("truth", "reject:NO_DATA", "reject:FAILURE+ACCESS_DENIED", "processing:1", "status:InvalidContent")


@pytest.fixture(params=["1.1", "1.3"])
def number(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@cache
def judge(folder: Path, number: str) -> etree.XMLSchema:
    """The types of the exchange with the faults, which say what a status may hold."""
    names = ("types", "faults")
    imports = "".join(
        f'<xs:import namespace="{_namespace(name, number)}" '
        f'schemaLocation="{(folder / f"exchange-{number}/smev-message-exchange-{name}-{number}.xsd").as_uri()}"/>'
        for name in names
    )
    both = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{imports}</xs:schema>'
    return etree.XMLSchema(etree.fromstring(both))


def _namespace(name: str, number: str) -> str:
    family = "urn://x-artefacts-smev-gov-ru/services/message-exchange/types/"
    return f"{family}{number}" if name == "types" else f"{family}faults/{number}"


def payload(octets: bytes) -> Element:
    body = child(parse(octets), "Body", SOAP)
    assert body is not None
    (inside,) = elements(body)
    return inside


def said(stand: RunningStand, question: Envelope, signer: SidecarSigner) -> Element:
    """What the direct face answers."""
    return payload(Endpoint(stand.direct).post(question.signed(signer), question.action).body)


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_direct_face_speaks_by_the_official_schemas(
    stand: RunningStand, signer: SidecarSigner, number: str, ending: str
) -> None:
    schema, version = judge(needed_smev(), number), VERSIONS[number]
    stand.ends("*", ending)
    stand.order("pace", statuses=True)
    sent = said(stand, envelope.send_request(question(), version), signer)
    answer = said(stand, envelope.get_response(version, SystemClock().now()), signer)
    (identifier, *_) = answer.iter(f"{{{version.types}}}MessageID")
    noted = said(stand, envelope.get_status(version, SystemClock().now()), signer)
    confirmed = said(stand, envelope.acknowledge(version, str(identifier.text), accepted=True), signer)
    empty = said(stand, envelope.get_response(version, SystemClock().now()), signer)
    for spoken in (sent, answer, noted, confirmed, empty):
        schema.assertValid(etree.ElementTree(spoken))


@pytest.mark.parametrize(
    "name",
    [
        *("SMEVFailure", "DestinationOverflow", "MessageIsAlreadySent", "StaleMessageId", "InvalidMessageIdFormat"),
        *("InvalidContent", "AccessDenied", "SenderIsNotRegistered", "RecipientIsNotFound", "EndOfLifeReached"),
        *("BusinessDataTypeIsNotSupported", "UnknownMessageType", "QuoteLimitExceeded", "TargetMessageIsNotFound"),
        *("AttachmentSizeLimitExceeded", "AttachmentContentMiscoordination", "TransactionCodeInvalid"),
        "SignatureVerificationFault/SignatureIsInvalid",
    ],
)
def test_its_faults_are_those_of_the_official_schema(stand: RunningStand, signer: SidecarSigner, name: str) -> None:
    schema = judge(needed_smev(), "1.3")
    stand.goes_wrong(f"fault:{name}", "send")
    fault = said(stand, envelope.send_request(question(), VERSIONS["1.3"]), signer)
    detail = child(fault, "detail")
    assert detail is not None
    (told,) = elements(detail)
    schema.assertValid(etree.ElementTree(told))


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_adapters_face_speaks_by_the_schemas_of_the_package(stand: RunningStand, ending: str) -> None:
    stand.ends("*", ending)
    message, who = question(), Addressed(SYSTEM)
    asked = {
        "urn:Send": client_message(message, who),
        "urn:Get": message_query(who),
        "urn:Find": find_message(message.message_id, RESPONSE, who),
    }
    for action, element in asked.items():
        octets = envelope.octets(envelope.soap(element))
        adapter_schema().assertValid(payload(Endpoint(stand.adapter).post(octets, action).body))


def test_the_client_of_the_package_gets_its_answers_from_the_stand(stand: RunningStand) -> None:
    message = question(number=fresh_id())
    sent = adapter_client(stand.adapter, SYSTEM, "send", message.message_id, message.content.decode())
    assert (sent["error"], stand.state()["taken"]) == (None, 1)
    assert sent["message_id"] == stand.state()["messages"][0]["number"]
    got = adapter_client(stand.adapter, SYSTEM, "get")
    assert got["error"] is None
    assert "<" in got["answer"]["body"]
    assert "true" in got["answer"]["body"]
    found = adapter_client(stand.adapter, SYSTEM, "find", message.message_id)
    assert found["answer"]["message_id"] == got["answer"]["message_id"]
