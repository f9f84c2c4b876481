"""What a standard adapter says and is told, judged by other people's schemas."""

from portal.connectors.smev.adapter_messages import (
    TYPES,
    Addressed,
)
from portal.connectors.smev.safe_xml import Element, child, elements, parse, qualified
from portal.connectors.smev.versions import SOAP
from tests.connectors.smev.said import OURS, PERSON, THEIRS
from tests.support.adapter_package import adapter_schema
from tests.support.smev_scripted import Line

CONTENT = "<k:Request xmlns:k='urn:kind/1.0'><k:Фамилия>Ёлкина</k:Фамилия></k:Request>".encode()
WHO = Addressed("US", "node-1")
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
SMEV = "10c8a4b6-c7a6-11f0-8de9-0242ac120002"
FAULTS = "urn://x-artefacts-smev-gov-ru/services/service-adapter/types/faults"


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
