"""What we say in the direct exchange: SOAP 1.1 envelopes, each with one element to be signed and a place beside it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from lxml import etree

from portal.connectors.smev.plain import demand_plain
from portal.connectors.smev.safe_xml import Element, parse
from portal.connectors.smev.signature import signature_over
from portal.connectors.smev.versions import SOAP, Version
from portal.ports.exchange import OutgoingMessage
from portal.ports.signer import Signer

SIGNED: Final = "SIGNED_BY_CALLER"


@dataclass(frozen=True, slots=True)
class Selector:
    """Which answers are wanted: of this root element only."""

    namespace: str
    root: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope before it is signed; ``action`` is its SOAPAction."""

    action: str
    root: Element
    target: Element
    holder: Element

    def signed(self, signer: Signer) -> bytes:
        """The octets to send; raises OutsideUnavailable when nobody signs."""
        self.holder.append(signature_over(self.target, signer))
        return octets(self.root)


def send_request(message: OutgoingMessage, version: Version, *, node: str = "") -> Envelope:
    """One question; raises BadXml or NotPlain when its content may not travel."""
    content = parse(message.content)
    demand_plain(content)
    data = etree.Element(etree.QName(version.types, "SenderProvidedRequestData"), Id=SIGNED)
    _text(data, version.types, "MessageID", message.message_id)
    if node:
        _text(data, version.types, "NodeID", node)
    if message.expires_at is not None:
        _text(data, version.types, "EOL", moment(message.expires_at))
    etree.SubElement(data, etree.QName(version.basic, "MessagePrimaryContent")).append(content)
    if message.test:
        etree.SubElement(data, etree.QName(version.types, "TestMessage"))
    return _enveloped("SendRequest", data, version)


def get_response(version: Version, now: datetime, *, node: str = "", selector: Selector | None = None) -> Envelope:
    """The next message of our queue, please."""
    wanted = etree.Element(etree.QName(version.basic, "MessageTypeSelector"), Id=SIGNED)
    if selector is not None:
        _text(wanted, version.basic, "NamespaceURI", selector.namespace)
        _text(wanted, version.basic, "RootElementLocalName", selector.root)
    _text(wanted, version.basic, "Timestamp", moment(now))
    if node:
        _text(wanted, version.basic, "NodeID", node)
    return _enveloped("GetResponse", wanted, version)


def acknowledge(version: Version, message_id: str, *, accepted: bool) -> Envelope:
    """We have it, and its signature holds (or not)."""
    name = etree.QName(version.basic, "AckTargetMessage")
    target = etree.Element(name, Id=SIGNED, accepted="true" if accepted else "false")
    target.text = message_id
    return _enveloped("Ack", target, version)


def get_status(version: Version, now: datetime) -> Envelope:
    """The next note of the status queue, please."""
    target = etree.Element(etree.QName(version.basic, "Timestamp"), Id=SIGNED)
    target.text = moment(now)
    return _enveloped("GetStatus", target, version)


def soap(payload: Element) -> Element:
    """The envelope around one element; the empty header is demanded."""
    root = etree.Element(etree.QName(SOAP, "Envelope"), nsmap={"soap": SOAP})
    etree.SubElement(root, etree.QName(SOAP, "Header"))
    etree.SubElement(root, etree.QName(SOAP, "Body")).append(payload)
    return root


def octets(root: Element) -> bytes:
    """A document as it travels."""
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def moment(at: datetime) -> str:
    """xs:dateTime with milliseconds, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _enveloped(operation: str, target: Element, version: Version) -> Envelope:
    namespaces = {"t": version.types, "b": version.basic}
    request = etree.Element(etree.QName(version.types, f"{operation}Request"), nsmap=namespaces)
    request.append(target)
    holder = etree.SubElement(request, etree.QName(version.types, "CallerInformationSystemSignature"))
    return Envelope(f"urn:{operation}", soap(request), target, holder)


def _text(parent: Element, namespace: str, name: str, text: str) -> None:
    etree.SubElement(parent, etree.QName(namespace, name)).text = text
