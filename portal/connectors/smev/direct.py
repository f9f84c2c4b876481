"""The direct exchange: we sign each message ourselves and speak to СМЭВ 3 without an adapter between."""

from dataclasses import dataclass

from portal.connectors.smev import envelope
from portal.connectors.smev.answers import Reading, read_answer, read_metadata, read_status_message
from portal.connectors.smev.envelope import Envelope, Selector
from portal.connectors.smev.faults import Faulted
from portal.connectors.smev.http import Endpoint, unavailable
from portal.connectors.smev.outcomes import refused, refused_by, unanswered
from portal.connectors.smev.plain import NotPlain
from portal.connectors.smev.safe_xml import BadXml
from portal.connectors.smev.speaking import Said, ask, demand
from portal.connectors.smev.versions import Version
from portal.domain.errors import OutsideUnavailable
from portal.domain.outcomes import Done, Outcome
from portal.ports.clock import Clock
from portal.ports.exchange import (
    Acknowledged,
    ExchangeHealth,
    OutgoingMessage,
    Received,
    Rule,
    Sent,
    StatusReceived,
    Unreadable,
)
from portal.ports.signer import Signer, Verifier


@dataclass(frozen=True, slots=True)
class DirectExchange:
    """Implements portal.ports.exchange.MessageExchange.

    One per sender's certificate: the queue is its owner's. ``selector`` asks for one kind of answer only; without it
    every answer comes, and that is how one poller serves all kinds.
    """

    endpoint: Endpoint
    version: Version
    signer: Signer
    verifier: Verifier
    clock: Clock
    node: str = ""
    selector: Selector | None = None

    def send(self, message: OutgoingMessage) -> Outcome[Sent]:
        """The same id is never taken twice: that it was sent before is what a repeated try is told."""
        try:
            question = envelope.send_request(message, self.version, node=self.node)
        except (NotPlain, BadXml) as error:
            return refused(Rule.REFUSE, f"not sendable: {error}")
        try:
            return self._sent(message, ask(self.endpoint, question.action, question.signed(self.signer)))
        except Faulted as error:
            if error.fault.rule is Rule.ALREADY_SENT:
                return Done(Sent(message.message_id, already=True, raw=error.raw))
            return refused_by(error.fault)
        except BadXml as error:
            return refused(Rule.RESEND_SAME, str(error))
        except OutsideUnavailable as error:
            return unanswered(error)

    def _sent(self, message: OutgoingMessage, said: Said) -> Outcome[Sent]:
        if said.payload is None:
            raise BadXml("nothing in the body")
        _, status, state = read_metadata(said.payload, self._reading())
        return Done(Sent(message.message_id, status, signature=state, request=said.request, raw=said.raw))

    def next_answer(self) -> Received | Unreadable | None:
        asked = envelope.get_response(self.version, self.clock.now(), node=self.node, selector=self.selector)
        said = self._demand(asked)
        if said.payload is None:
            return None
        try:
            return read_answer(said.payload, said.raw, self._reading())
        except BadXml as error:
            return Unreadable(said.raw, str(error))

    def acknowledge(self, message_id: str, *, accepted: bool) -> Outcome[Acknowledged]:
        try:
            question = envelope.acknowledge(self.version, message_id, accepted=accepted)
            ask(self.endpoint, question.action, question.signed(self.signer))
        except Faulted as error:
            if error.fault.rule is Rule.ALREADY_CONFIRMED:
                return Done(Acknowledged(message_id, already=True))
            return refused_by(error.fault)
        except BadXml as error:
            return refused(Rule.RESEND_SAME, str(error))
        except OutsideUnavailable as error:
            return unanswered(error)
        return Done(Acknowledged(message_id))

    def next_status(self) -> StatusReceived | None:
        said = self._demand(envelope.get_status(self.version, self.clock.now()))
        try:
            return None if said.payload is None else read_status_message(said.payload, said.raw, self._reading())
        except BadXml as error:
            raise unavailable(error) from error

    def health(self) -> ExchangeHealth:
        trouble = self.endpoint.reachable()
        return ExchangeHealth(reachable=not trouble, trouble=trouble, signer=self.signer.health())

    def _reading(self) -> Reading:
        return Reading(self.version, self.verifier, self.clock.now())

    def _demand(self, question: Envelope) -> Said:
        return demand(self.endpoint, question.action, question.signed(self.signer))
