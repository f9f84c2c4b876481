"""The standard adapter: it holds the key and signs; we hand over questions and take answers by SOAP."""

from dataclasses import dataclass

from portal.connectors.smev.adapter_messages import (
    REQUEST,
    RESPONSE,
    Addressed,
    client_message,
    find_message,
    identifier_of,
    message_query,
    read_result,
    results,
    sent_id,
)
from portal.connectors.smev.envelope import octets, soap
from portal.connectors.smev.faults import Faulted
from portal.connectors.smev.http import Endpoint
from portal.connectors.smev.outcomes import refused, refused_by, unanswered
from portal.connectors.smev.plain import NotPlain
from portal.connectors.smev.safe_xml import BadXml, Element
from portal.connectors.smev.speaking import Said, ask, demand
from portal.domain.errors import OutsideUnavailable
from portal.domain.outcomes import Done, Outcome
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


@dataclass(frozen=True, slots=True)
class AdapterExchange:
    """Implements portal.ports.exchange.MessageExchange and AnswerFinder.

    The adapter knows our messages by our ids, checks all signatures itself, and gives each answer once: an answer lost
    on its way is found again by its question.
    """

    endpoint: Endpoint
    who: Addressed

    def send(self, message: OutgoingMessage) -> Outcome[Sent]:
        """A repeated try first asks whether an earlier one got through: the adapter itself does not tell."""
        try:
            question = client_message(message, self.who)
        except (NotPlain, BadXml) as error:
            return refused(Rule.REFUSE, f"not sendable: {error}")
        try:
            return Done((self._sent_before(message) if message.again else None) or self._sent(question))
        except Faulted as error:
            return refused_by(error.fault)
        except BadXml as error:
            return refused(Rule.RESEND_SAME, str(error))
        except OutsideUnavailable as error:
            return unanswered(error)

    def _sent(self, question: Element) -> Sent:
        said = self._ask("urn:Send", question)
        if said.payload is None:
            raise BadXml("nothing in the body")
        return Sent(sent_id(said.payload), request=said.request, raw=said.raw)

    def _sent_before(self, message: OutgoingMessage) -> Sent | None:
        said = self._ask("urn:Find", find_message(message.message_id, REQUEST, self.who))
        found = results(said.payload)
        return Sent(identifier_of(found[0]), already=True, raw=said.raw) if found else None

    def next_answer(self) -> Received | Unreadable | None:
        said = self._demand("urn:Get", message_query(self.who))
        return next(iter(_answers(said)), None)

    def answer_to(self, message_id: str) -> Received | Unreadable | None:
        """What ended our question, if anything has; else the latest that is known of it."""
        said = self._demand("urn:Find", find_message(message_id, RESPONSE, self.who))
        return max(_answers(said), key=_weight, default=None)

    def acknowledge(self, message_id: str, *, accepted: bool) -> Outcome[Acknowledged]:
        """The adapter has confirmed the receipt by itself."""
        del accepted
        return Done(Acknowledged(message_id))

    def next_status(self) -> StatusReceived | None:
        """Statuses come with the answers here."""
        return None

    def health(self) -> ExchangeHealth:
        trouble = self.endpoint.reachable()
        return ExchangeHealth(reachable=not trouble, trouble=trouble)

    def _ask(self, action: str, question: Element) -> Said:
        return ask(self.endpoint, action, octets(soap(question)))

    def _demand(self, action: str, question: Element) -> Said:
        return demand(self.endpoint, action, octets(soap(question)))


def _answers(said: Said) -> list[Received | Unreadable]:
    return [_read(result, said.raw) for result in results(said.payload)]


def _read(result: Element, raw: bytes) -> Received | Unreadable:
    try:
        return read_result(result, raw)
    except BadXml as error:
        return Unreadable(raw, str(error))


def _weight(answer: Received | Unreadable) -> int:
    """What ends a question weighs more than what is told on the way."""
    if isinstance(answer, Unreadable):
        return 0
    if answer.content or answer.rejects:
        return 3
    return 2 if answer.status is not None and answer.status.rule is not None else 1
