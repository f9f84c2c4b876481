"""The table of faults, read from faults as they come."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from portal.connectors.smev.answers import payload_of
from portal.connectors.smev.faults import RULES, Fault, Faulted, status_fault
from portal.connectors.smev.safe_xml import parse
from portal.ports.exchange import Rejection, Rule
from tests.connectors.smev import said

SAME, NEW, REFUSE, CONFIGURATION = Rule.RESEND_SAME, Rule.NEW_ID, Rule.REFUSE, Rule.CONFIGURATION


def fault_of(octets: bytes) -> Fault:
    with pytest.raises(Faulted) as faulted:
        payload_of(parse(octets), octets)
    assert faulted.value.raw == octets
    return faulted.value.fault


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("SMEVFailure", SAME),
        ("DestinationOverflow", SAME),
        ("MessageIsAlreadySent", Rule.ALREADY_SENT),
        ("StaleMessageId", NEW),
        ("InvalidMessageIdFormat", REFUSE),
        ("EndOfLifeReached", NEW),
        ("InvalidContent", REFUSE),
        ("AttachmentContentMiscoordination", REFUSE),
        ("AttachmentSizeLimitExceeded", REFUSE),
        ("QuoteLimitExceeded", REFUSE),
        ("BusinessDataTypeIsNotSupported", CONFIGURATION),
        ("UnknownMessageType", CONFIGURATION),
        ("AccessDenied", CONFIGURATION),
        ("PersonalAccessDenied", CONFIGURATION),
        ("SenderIsNotRegistered", CONFIGURATION),
        ("RecipientIsNotFound", CONFIGURATION),
        ("TransactionCodeInvalid", CONFIGURATION),
        ("SignatureVerificationFault", CONFIGURATION),
        ("TargetMessageIsNotFound", Rule.ALREADY_CONFIRMED),
        ("SomethingNew", SAME),
    ],
)
def test_each_fault_has_its_rule(name: str, rule: Rule) -> None:
    assert fault_of(said.fault(name)).rule is rule
    # what it says of itself does not change it
    assert fault_of(said.fault(name, "SMEV-999:Слова")).rule is rule


@pytest.mark.parametrize(
    ("text", "code", "rule"),
    [
        ("SMEV-600:Очередь переполнена", "soap:Server", SAME),
        ("SMEV-403:Не соответствует схеме", "soap:Server", REFUSE),
        ("SMEV-100:Срок действия сертификата истёк", "soap:Server", CONFIGURATION),
        ("Сообщение об ошибке", "soap:Server", SAME),
        ("Сообщение об ошибке", "soap:Client", CONFIGURATION),
        ("", "", SAME),
    ],
)
def test_a_fault_without_an_element_goes_by_its_number_and_code(text: str, code: str, rule: Rule) -> None:
    assert fault_of(said.fault("", text, code=code)).rule is rule


def test_the_label_is_safe_and_the_text_is_not_in_it() -> None:
    fault = fault_of(said.fault("InvalidContent", "SMEV-403:Иванов", "<f:ValidationError>Иванов</f:ValidationError>"))
    assert (fault.label, fault.number, fault.detail) == ("InvalidContent SMEV-403", "403", "Иванов")
    assert "Иванов" in fault.text


def test_recorded_faults(official: Path) -> None:
    expired = fault_of((official / "recorded" / "SoapFaultResponse_SignatureVerificationFault.xml").read_bytes())
    assert (expired.rule, expired.number) == (CONFIGURATION, "100")
    assert expired.label == "SignatureVerificationFault CertificateIsExpired SMEV-100"
    bare = fault_of((official / "recorded" / "SoapFaultResponse.xml").read_bytes())
    assert (bare.rule, bare.name, bare.text) == (SAME, "", "Сообщение об ошибке")


def published_faults(official: Path) -> Iterator[str]:
    for version in ("1.1", "1.3"):
        schema = etree.parse(official / f"exchange-{version}" / f"smev-message-exchange-faults-{version}.xsd")
        for element in schema.getroot().iterfind("{http://www.w3.org/2001/XMLSchema}element"):
            yield str(element.get("name"))


def test_every_published_fault_has_a_rule(official: Path) -> None:
    assert set(published_faults(official)) <= set(RULES)


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("InvalidContent", "SMEV-403:Не соответствует", REFUSE),
        ("SMEVFailure", "", NEW),
        ("MessageIsAlreadySent", "", REFUSE),
        ("AccessDenied", "", CONFIGURATION),
        ("StaleMessageId", "", NEW),
        ("Unheard", "", REFUSE),
        ("", "SMEV-600:Очередь", NEW),
    ],
)
def test_a_rejected_message_is_never_sent_again_under_its_id(name: str, text: str, rule: Rule) -> None:
    fault = f"<x {said.names('1.3')}>{said.smev_fault(name, text)}</x>"
    assert status_fault(parse(fault.encode())[0]).rule is rule
    assert rule is not SAME


def test_rejections_by_the_holder_of_a_register() -> None:
    assert {rejection: rejection.rule for rejection in Rejection} == {
        Rejection.NO_DATA: None,
        Rejection.FAILURE: NEW,
        Rejection.ACCESS_DENIED: CONFIGURATION,
        Rejection.UNKNOWN_REQUEST: CONFIGURATION,
    }
