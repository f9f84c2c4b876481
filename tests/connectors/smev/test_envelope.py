"""Everything we say is valid by the official schemas, signed over the right element, and reads back."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from portal.connectors.smev.envelope import (
    Envelope,
    Selector,
    acknowledge,
    get_response,
    get_status,
    send_request,
)
from portal.connectors.smev.plain import NotPlain
from portal.connectors.smev.safe_xml import BadXml, Element, child, elements, parse, qualified, text_of
from portal.connectors.smev.signature import state_of
from portal.connectors.smev.signers.sidecar import SidecarSigner
from portal.connectors.smev.versions import SOAP, VERSIONS
from portal.ports.exchange import OutgoingMessage, SignatureState
from tests.support.gost import soon
from tests.support.smev_shared import needed_smev

NOW = datetime.now(UTC)
ID = "f9d4a1d0-c7a5-11f0-8de9-0242ac120002"
CONTENT = "<?xml version='1.0'?>\n<k:Request xmlns:k='urn:kind/1.0' Id='x'><k:Фамилия>Ёлкина</k:Фамилия></k:Request>"
MESSAGE = OutgoingMessage(ID, CONTENT.encode(), test=True, expires_at=NOW)
PUBLISHED = ["1.1", "1.3"]


@cache
def schema(version: str) -> etree.XMLSchema:
    folder = needed_smev() / f"exchange-{version}"
    return etree.XMLSchema(etree.parse(folder / f"smev-message-exchange-types-{version}.xsd"))


def questions(number: str) -> list[Envelope]:
    version = VERSIONS[number]
    selector = Selector("urn:kind/1.0", "Request")
    return [
        send_request(MESSAGE, version, node="node-1"),
        send_request(OutgoingMessage(ID, CONTENT.encode()), version),
        get_response(version, NOW),
        get_response(version, NOW, node="node-1", selector=selector),
        acknowledge(version, ID, accepted=True),
        acknowledge(version, ID, accepted=False),
        get_status(version, NOW),
    ]


def body(root: Element) -> Element:
    inside = child(root, "Body", SOAP)
    assert inside is not None
    (payload,) = elements(inside)
    return payload


@pytest.mark.parametrize("number", PUBLISHED)
def test_every_question_is_valid_by_the_official_schema(official: Path, signer: SidecarSigner, number: str) -> None:
    for question in questions(number):
        payload = body(parse(question.signed(signer)))
        schema(number).assertValid(payload)


@pytest.mark.parametrize("number", VERSIONS)
def test_every_question_is_signed_over_its_own_element(signer: SidecarSigner, number: str) -> None:
    for question in questions(number):
        root = parse(question.signed(signer))
        assert [qualified(part) for part in elements(root)] == [(SOAP, "Header"), (SOAP, "Body")]
        payload = body(root)
        target, holder = elements(payload)
        assert qualified(holder)[1] == "CallerInformationSystemSignature"
        assert f"urn:{qualified(payload)[1].removesuffix('Request')}" == question.action
        assert state_of(holder, target, signer, soon()) is SignatureState.VALID


def test_the_content_arrives_as_it_was_given(signer: SidecarSigner) -> None:
    root = parse(send_request(MESSAGE, VERSIONS["1.3"]).signed(signer))
    (name,) = root.iter("{urn:kind/1.0}Фамилия")
    assert name.text == "Ёлкина"
    (primary,) = root.iter(f"{{{VERSIONS['1.3'].basic}}}MessagePrimaryContent")
    assert len(primary) == 1
    (eol,) = root.iter(f"{{{VERSIONS['1.3'].types}}}EOL")
    assert datetime.fromisoformat(text_of(eol)) == NOW.replace(microsecond=NOW.microsecond // 1000 * 1000)


@pytest.mark.parametrize("content", [b"", b"<a>", b"two words", b"<!DOCTYPE a><a xmlns='urn:a'/>"])
def test_what_is_no_element_is_not_sent(content: bytes) -> None:
    with pytest.raises(BadXml):
        send_request(OutgoingMessage(ID, content), VERSIONS["1.3"])


@pytest.mark.parametrize("content", ["<a/>", "<a xmlns='urn:a'>&#10;x</a>", "<a xmlns='urn:a'>&gt;</a>"])
def test_what_is_not_plain_is_not_sent(content: str) -> None:
    with pytest.raises(NotPlain):
        send_request(OutgoingMessage(ID, content.encode()), VERSIONS["1.3"])


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters=">\ufffe\uffff"), min_size=1
    ),
    st.sampled_from(PUBLISHED),
)
def test_whatever_a_value_holds_the_message_is_valid_and_signed(signer: SidecarSigner, value: str, number: str) -> None:
    content = etree.Element("{urn:kind}a", attr=value)
    content.text = value
    message = OutgoingMessage(ID, etree.tostring(content, encoding="utf-8"))
    payload = body(parse(send_request(message, VERSIONS[number]).signed(signer)))
    schema(number).assertValid(payload)
    target, holder = elements(payload)
    assert state_of(holder, target, signer, soon()) is SignatureState.VALID
    (arrived,) = target.iter("{urn:kind}a")
    assert (arrived.text, arrived.get("attr")) == (value, value)
