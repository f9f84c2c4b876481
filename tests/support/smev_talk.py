"""What tests say to the exchange: one person, questions about her, and what came back."""

import secrets
from datetime import UTC, date, datetime, timedelta

from portal.connectors.smev.kinds.catalogue import CATALOGUE
from portal.domain.identity import IdentityClaim, Organization, Passport, Sex
from portal.domain.identity_check import CheckAnswer, IdentityService
from portal.domain.message_ids import CHANCE_BITS, message_id
from portal.domain.outcomes import Done
from portal.ports.exchange import MessageExchange, OutgoingMessage, Received, Sent
from portal.ports.information_kinds import Question

CLAIM = IdentityClaim(
    "Ёлкина",
    "Анна",
    "",
    date(1990, 3, 12),
    Sex.FEMALE,
    passport=Passport("4510", "123456", date(2010, 4, 1), "770001", "ОВД «Северный»"),
    snils="11223344595",
    inn="500100732259",
)
ASKER = Organization("АО «Ключ»", "7707083893", "1027700132195")
SNILS = IdentityService.SNILS


def fresh_id(age: timedelta = timedelta()) -> str:
    """The id of a message written so long ago."""
    return message_id(datetime.now(UTC) - age, secrets.randbits(CHANCE_BITS))


def question(service: IdentityService = SNILS, claim: IdentityClaim = CLAIM, number: str = "") -> OutgoingMessage:
    """A question of this kind, ready to be sent."""
    number = number or fresh_id()
    return OutgoingMessage(number, CATALOGUE.write(service, Question(claim, number, ASKER, "DEV")))


def sent(exchange: MessageExchange, message: OutgoingMessage) -> Sent:
    """Send what must be taken."""
    outcome = exchange.send(message)
    assert isinstance(outcome, Done), outcome
    return outcome.reply


def received(exchange: MessageExchange) -> Received:
    """The next answer, which must be there and be readable."""
    answer = exchange.next_answer()
    assert isinstance(answer, Received), answer
    return answer


def meaning(answer: Received, service: IdentityService = SNILS, claim: IdentityClaim = CLAIM) -> CheckAnswer:
    """What the register says of the claim."""
    return CATALOGUE.read(service, answer.content, claim)
