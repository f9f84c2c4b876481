"""What the direct exchange says, signed: receipts, answers and notes."""

from dataclasses import dataclass
from typing import Final

from portal.stands.smev.book import Book
from portal.stands.smev.faults import FAMILY, Refusal, status_fault
from portal.stands.smev.markup import Element, found, make, plain, put, read, soap
from portal.stands.smev.notary import Pen
from portal.stands.smev.queues import Question, Queues, Reply
from portal.stands.smev.registers import Body, flattering

_MNEMONICS: Final = {
    "passport": ("MVD", "МВД России"),
    "snils": ("SFR", "СФР"),
    "snils_search": ("SFR", "СФР"),
    "account": ("ESIA", "ЕСИА"),
}
#: Demands things that later versions left out.
_OLDEST: Final = "1.1"
_STATUSES: Final = {
    ("REQUEST", True): "requestIsQueued",
    ("REQUEST", False): "requestIsQueued",
    ("RESPONSE", True): "responseIsDelivered",
    ("RESPONSE", False): "messageIsDelivered",
}
_FNS: Final = ("FNS", "ФНС России")


@dataclass(frozen=True, slots=True)
class Pens:
    """Who signs here: the exchange, the registers, and two whom nobody should believe."""

    smev: Pen
    register: Pen
    expired: Pen
    stranger: Pen

    def exchange(self, trick: str) -> Pen:
        return {"expired": self.expired, "stranger": self.stranger}.get(trick, self.smev)


@dataclass(frozen=True, slots=True)
class Voice:
    """Speaks one version of the exchange."""

    version: str
    pens: Pens
    queues: Queues

    @property
    def types(self) -> str:
        return f"{FAMILY}{self.version}"

    def taken(self, question: Question, trick: str) -> Element:
        """The receipt of a message."""
        said = make(self.types, "SendRequestResponse")
        metadata = self._metadata(said, question.number, kind="REQUEST", party=(question.sender, "Ключник"))
        metadata.set("Id", "SIGNED_BY_SMEV")
        self._sign(said, metadata, trick)
        return said

    def answer(self, reply: Reply, trick: str) -> Element:
        """An answer with both signatures."""
        said = make(self.types, "GetResponseResponse")
        message = put(said, self.types, "ResponseMessage")
        response = put(message, self.types, "Response", Id="SIGNED_BY_SMEV")
        put(response, self.types, "OriginalMessageId", reply.question.number)
        data = put(response, self.types, "SenderProvidedResponseData", Id="SIGNED_BY_SENDER")
        put(data, self.types, "MessageID", reply.number)
        put(data, self.types, "To", reply.question.sender)
        self._body(data, reply.question, reply.body)
        party = _MNEMONICS.get(reply.question.asked.service, _FNS)
        self._metadata(response, reply.number, kind="RESPONSE", party=party, named=trick != "no_names")
        self.pens.register.sign(data, put(response, self.types, "SenderInformationSystemSignature"))
        if trick == "sender_forged":
            self._flatter(data, reply.question)
        self._sign(message, response, trick)
        if trick == "wrong_signature":
            self._flatter(data, reply.question)
        return said

    def wrapped(self, reply: Reply) -> Element:
        """A flattering answer where the true one was, which was moved aside with its signature still holding."""
        true = self.answer(reply, "")
        envelope = soap(true)
        message = found(true, self.types, "ResponseMessage")
        response = found(message, self.types, "Response")
        if message is None or response is None:
            raise Refusal("SMEVFailure")
        forged = read(plain(response))
        message.replace(response, forged)
        data = found(forged, self.types, "SenderProvidedResponseData")
        if data is not None:
            self._flatter(data, reply.question)
        envelope[0].append(response)
        return envelope

    def note(self, question: Question, body: Body, trick: str) -> Element:
        """A note of the queue of statuses."""
        said = make(self.types, "GetStatusResponse")
        message = put(said, self.types, "SmevAsyncProcessingMessage")
        data = put(message, self.types, "AsyncProcessingStatusData", Id="SIGNED_ASYNC_BY_SMEV")
        self._status(data, question, body)
        self._sign(message, data, trick)
        return said

    def empty(self, name: str) -> Element:
        return make(self.types, f"{name}Response")

    def _sign(self, parent: Element, target: Element, trick: str) -> None:
        if trick != "unsigned":
            self.pens.exchange(trick).sign(target, put(parent, self.types, "SMEVSignature"))

    def _body(self, data: Element, question: Question, body: Body) -> None:
        if body.content:
            carrying = put(data, f"{FAMILY}basic/{self.version}", "MessagePrimaryContent")
            carrying.append(read(body.content))
        for code, description in body.rejects:
            rejected = put(data, self.types, "RequestRejected")
            put(rejected, self.types, "RejectionReasonCode", code)
            put(rejected, self.types, "RejectionReasonDescription", description)
        if body.progress is not None:
            status = put(data, self.types, "RequestStatus")
            put(status, self.types, "StatusCode", body.progress[0])
            put(status, self.types, "StatusDescription", body.progress[1])
        if body.status is not None:
            self._status(data, question, body)

    def _status(self, parent: Element, question: Question, body: Body) -> None:
        status = put(parent, self.types, "AsyncProcessingStatus")
        put(status, self.types, "OriginalMessageId", question.number)
        if body.status is None:
            put(status, self.types, "StatusCategory", body.progress[0] if body.progress else "underProcessing")
            return
        put(status, self.types, "StatusCategory", "requestIsRejectedBySmev")
        put(status, self.types, "StatusDetails", body.status.name)
        status_fault(status, body.status, self.version)

    def _flatter(self, data: Element, question: Question) -> None:
        basic = f"{FAMILY}basic/{self.version}"
        for child in list(data)[2:]:
            data.remove(child)
        flattery = _flattery(question, self.queues.book)
        put(data, basic, "MessagePrimaryContent").append(read(flattery))

    def _metadata(
        self, parent: Element, number: str, *, kind: str, party: tuple[str, str], named: bool = True
    ) -> Element:
        metadata = put(parent, self.types, "MessageMetadata")
        put(metadata, self.types, "MessageId", number)
        put(metadata, self.types, "MessageType", kind)
        sender = put(metadata, self.types, "Sender")
        put(sender, self.types, "Mnemonic", party[0])
        if named:
            put(sender, self.types, "HumanReadableName", party[1])
        moment = self.queues.moment().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        put(metadata, self.types, "SendingTimestamp", moment)
        if self.version == _OLDEST:
            put(metadata, self.types, "DestinationName", "stand")
            supplement = put(metadata, self.types, "SupplementaryData")
            put(supplement, self.types, "InteractionType", "OIV2OIV")
        put(metadata, self.types, "Status", _STATUSES[kind, self.version == _OLDEST])
        return metadata


def _flattery(question: Question, book: Book) -> bytes:
    return flattering(question.asked, book).content or b"<f:flattery xmlns:f='urn://stand/flattery/1.0'/>"
