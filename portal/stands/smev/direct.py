"""The direct face: each message is judged in the order in which the exchange judges it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import RFC_4122, UUID

from portal.stands.smev.faults import FAMILY, Refusal, fault
from portal.stands.smev.kinds import read_question
from portal.stands.smev.markup import SOAP, Element, Malformed, found, inside, name_of, plain, read, said, soap
from portal.stands.smev.notary import Notary, NotSigned
from portal.stands.smev.queues import Question, Queues
from portal.stands.smev.saying import Pens, Voice
from portal.stands.smev.shapes import OPERATIONS, Schemas, demand_shape, primary_content

VERSIONS: Final = ("1.1", "1.2", "1.3")
_OLDEST: Final = timedelta(days=2)
_FROM_THE_FUTURE: Final = timedelta(minutes=15)
_START: Final = datetime(1582, 10, 15, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Heard:
    """A request that is well formed and signed by somebody we know."""

    operation: str
    sender: str
    target: Element
    voice: Voice
    trick: str


@dataclass(frozen=True, slots=True)
class DirectFace:
    """Speaks every version, told apart by namespace. ``denied`` are kinds whose use is forbidden here."""

    queues: Queues
    notary: Notary
    pens: Pens
    schemas: Schemas
    denied: set[str]

    def answer(self, body: bytes, action: str, trick: str) -> tuple[Element, int]:
        """An envelope, and the status it travels with."""
        version = VERSIONS[-1]
        try:
            request, version = _request(body)
            heard = self._heard(request, version, action, trick)
            said = self._said(heard)
        except Refusal as refusal:
            return soap(fault(refusal, version)), 500
        return (said if name_of(said) == (SOAP, "Envelope") else soap(said)), 200

    def _heard(self, request: Element, version: str, action: str, trick: str) -> Heard:
        operation = name_of(request)[1].removesuffix("Request")
        if operation not in OPERATIONS or action != f"urn:{operation}":
            raise Refusal("UnknownMessageType")
        target, holder = demand_shape(request, operation, version)
        self.schemas.demand(request, version)
        try:
            sender = self.notary.signer_of(target, holder)
        except NotSigned as error:
            raise Refusal("SignatureVerificationFault", str(error)) from error
        return Heard(operation, sender, target, Voice(version, self.pens, self.queues), trick)

    def _said(self, heard: Heard) -> Element:
        match heard.operation:
            case "SendRequest":
                return self._send(heard)
            case "GetResponse":
                return self._get(heard)
            case "Ack":
                return self._confirm(heard)
            case _:
                return self._status(heard)

    def _send(self, heard: Heard) -> Element:
        voice, data = heard.voice, heard.target
        number = said(data, voice.types, "MessageID")
        content = primary_content(found(data, f"{FAMILY}basic/{voice.version}", "MessagePrimaryContent"))
        with self.queues.lock:
            now = self.queues.moment()
            _demand_fresh(number, now)
            _demand_alive(said(data, voice.types, "EOL"), now)
            asked = read_question(content)
            if asked.service in self.denied:
                raise Refusal("AccessDenied")
            node, at = said(data, voice.types, "NodeID"), self.queues.now()
            question = Question(number, number, heard.sender, node, plain(content), asked, "direct", at)
            self.queues.take(question)
        return voice.taken(question, heard.trick)

    def _get(self, heard: Heard) -> Element:
        basic = f"{FAMILY}basic/{heard.voice.version}"
        namespace, root = said(heard.target, basic, "NamespaceURI"), said(heard.target, basic, "RootElementLocalName")
        with self.queues.lock:
            node = said(heard.target, basic, "NodeID")
            reply = self.queues.next_for(heard.sender, node, (namespace, root) if root else None)
            if reply is None:
                return heard.voice.empty("GetResponse")
            if heard.trick == "again":
                reply.hidden_until = 0.0
        return heard.voice.wrapped(reply) if heard.trick == "wrapped" else heard.voice.answer(reply, heard.trick)

    def _confirm(self, heard: Heard) -> Element:
        with self.queues.lock:
            if heard.trick != "forgotten":
                self.queues.confirm(heard.sender, (heard.target.text or "").strip())
        return heard.voice.empty("Ack")

    def _status(self, heard: Heard) -> Element:
        with self.queues.lock:
            note = self.queues.next_note(heard.sender)
        return heard.voice.note(*note, heard.trick) if note else heard.voice.empty("GetStatus")


def _request(body: bytes) -> tuple[Element, str]:
    """The element in the body of an envelope with a header, and its version; raises Refusal."""
    poor = Refusal("SignatureVerificationFault", "PoorSOAPEnvelopeFormat")
    try:
        root = read(body)
    except Malformed as error:
        raise poor from error
    shape = [name_of(child) for child in inside(root)]
    if name_of(root) != (SOAP, "Envelope") or shape != [(SOAP, "Header"), (SOAP, "Body")]:
        raise poor
    payloads = list(inside(root[1]))
    version = name_of(payloads[0])[0].removeprefix(FAMILY) if len(payloads) == 1 else ""
    if version not in VERSIONS:
        raise poor
    return payloads[0], version


def _demand_fresh(number: str, now: datetime) -> None:
    uuid = UUID(number)
    if uuid.version != 1 or uuid.variant != RFC_4122:
        raise Refusal("InvalidMessageIdFormat")
    written = _START + timedelta(microseconds=uuid.time // 10)
    if not now - _OLDEST <= written <= now + _FROM_THE_FUTURE:
        raise Refusal("StaleMessageId")


def _demand_alive(end: str, now: datetime) -> None:
    if end and datetime.fromisoformat(end) <= now:
        raise Refusal("EndOfLifeReached")
