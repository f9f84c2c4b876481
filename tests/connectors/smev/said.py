"""What the exchange says, written for these tests: signed as СМЭВ would sign it."""

from lxml import etree

from portal.connectors.smev.envelope import octets
from portal.connectors.smev.safe_xml import Element, parse
from portal.connectors.smev.signature import signature_over
from portal.connectors.smev.versions import SOAP
from portal.ports.signer import Signer

FAMILY = "urn://x-artefacts-smev-gov-ru/services/message-exchange/types/"
OURS = "f9d4a1d0-c7a5-11f0-8de9-0242ac120002"
THEIRS = "0a1b2c3d-c7a6-11f0-8de9-0242ac120002"
PERSON = "<q:answer xmlns:q='urn:kind/1.0'><q:name>Щербаков-Ёлкин</q:name></q:answer>"


def envelope(body: str) -> bytes:
    return f'<s:Envelope xmlns:s="{SOAP}"><s:Body>{body}</s:Body></s:Envelope>'.encode()


def names(version: str) -> str:
    return f'xmlns="{FAMILY}{version}" xmlns:b="{FAMILY}basic/{version}" xmlns:f="{FAMILY}faults/{version}"'


def metadata(identifier: str, status: str, *, human: bool = True) -> str:
    party = "<HumanReadableName>МВД</HumanReadableName>" if human else ""
    return (
        f'<MessageMetadata Id="META"><MessageId>{identifier}</MessageId><MessageType>RESPONSE</MessageType>'
        f"<Sender><Mnemonic>MVD</Mnemonic>{party}</Sender>"
        "<SendingTimestamp>2026-11-22T12:00:00.000+03:00</SendingTimestamp>"
        f"<Recipient><Mnemonic>US</Mnemonic>{party}</Recipient><Status>{status}</Status></MessageMetadata>"
    )


def sent(version: str, signer: Signer | None, identifier: str = OURS) -> bytes:
    said = envelope(
        f"<SendRequestResponse {names(version)}>{metadata(identifier, 'requestIsQueued')}<SMEVSignature/>"
        "</SendRequestResponse>"
    )
    return signed(said, signer, "MessageMetadata", "SMEVSignature")


def content(inside: str = PERSON) -> str:
    return f"<b:MessagePrimaryContent>{inside}</b:MessagePrimaryContent>"


def rejected(*codes: str) -> str:
    return "".join(
        f"<RequestRejected><RejectionReasonCode>{code}</RejectionReasonCode>"
        f"<RejectionReasonDescription>Потому что {code}</RejectionReasonDescription></RequestRejected>"
        for code in codes
    )


def status(category: str, fault: str = "") -> str:
    return (
        f"<AsyncProcessingStatus><OriginalMessageId>{OURS}</OriginalMessageId><StatusCategory>{category}</StatusCategory>"
        f"<StatusDetails>Подробности</StatusDetails>{fault}</AsyncProcessingStatus>"
    )


def smev_fault(name: str, text: str = "SMEV-403:Не соответствует схеме", more: str = "") -> str:
    return (
        '<SmevFault xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:type="f:{name}"><b:Code>stand:area:node:TR:ASYNC:3</b:Code><b:Description>{text}</b:Description>{more}'
        "</SmevFault>"
    )


def answer(version: str, inside: str, *, human: bool = True, identifier: str = THEIRS) -> bytes:
    """A GetResponseResponse without its signatures."""
    return envelope(
        f'<GetResponseResponse {names(version)}><ResponseMessage><Response Id="RESPONSE">'
        f"<OriginalMessageId>{OURS}</OriginalMessageId>"
        f'<SenderProvidedResponseData Id="DATA"><MessageID>{identifier}</MessageID><To>x</To>{inside}'
        f"</SenderProvidedResponseData>{metadata(identifier, 'messageIsDelivered', human=human)}"
        "<SenderInformationSystemSignature/></Response><SMEVSignature/></ResponseMessage></GetResponseResponse>"
    )


def signed_answer(
    version: str, inside: str, *, smev: Signer | None, sender: Signer | None, human: bool = True
) -> bytes:
    said = answer(version, inside, human=human)
    said = signed(said, sender, "SenderProvidedResponseData", "SenderInformationSystemSignature")
    return signed(said, smev, "Response", "SMEVSignature")


def empty(version: str) -> bytes:
    return envelope(f"<GetResponseResponse {names(version)}/>")


def acknowledged(version: str) -> bytes:
    return envelope(f"<AckResponse {names(version)}/>")


def noted(version: str, signer: Signer | None, inside: str) -> bytes:
    said = envelope(
        f"<GetStatusResponse {names(version)}><SmevAsyncProcessingMessage>"
        f'<AsyncProcessingStatusData Id="STATUS">{inside}</AsyncProcessingStatusData><SMEVSignature/>'
        "</SmevAsyncProcessingMessage></GetStatusResponse>"
    )
    return signed(said, signer, "AsyncProcessingStatusData", "SMEVSignature")


def fault(name: str, text: str = "", more: str = "", code: str = "soap:Server", version: str = "1.3") -> bytes:
    """A soap:Fault; without a name it comes without detail, as the stand also sends it."""
    inside = f"<b:Code>stand:TR:SYNC:4</b:Code><b:Description>{text}</b:Description>{more}" if text else ""
    detail = f"<detail><f:{name} {names(version)}>{inside}</f:{name}></detail>" if name else ""
    return envelope(f"<s:Fault><faultcode>{code}</faultcode><faultstring>{text}</faultstring>{detail}</s:Fault>")


def signed(said: bytes, signer: Signer | None, target: str, holder: str) -> bytes:
    """Sign the one element of this name into the one holder of that name; unsigned answers lose the holder."""
    root = parse(said)
    place = one(root, holder)
    if signer is None:
        parent = place.getparent()
        assert parent is not None
        parent.remove(place)
    else:
        place.append(signature_over(one(root, target), signer))
    return octets(root)


def one(root: Element, local: str) -> Element:
    (found,) = (node for node in root.iter(etree.Element) if str(node.tag).endswith(f"}}{local}"))
    return found
