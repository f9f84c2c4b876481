"""Exchange of messages with the registers of the state: asked now, answered some time, each message counted once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, unique
from typing import Final, Protocol, runtime_checkable

from portal.domain.outcomes import Outcome, Refused
from portal.ports.signer import SignerHealth


@unique
class Rule(StrEnum):
    """What to do after a refusal; ``rule_of`` tells which one applies."""

    RESEND_SAME = "resend_same"  # again, later, under the same message id
    ALREADY_SENT = "already_sent"  # an earlier try got through: never again
    NEW_ID = "new_id"  # again, as a new message
    REFUSE = "refuse"  # this content will never be taken
    CONFIGURATION = "configuration"  # somebody must set something right first
    ALREADY_CONFIRMED = "already_confirmed"  # the receipt is known already


@unique
class SignatureState(StrEnum):
    """How the signature over what was received stands; everything but VALID and NOT_SIGNED is a finding."""

    VALID = "valid"
    NOT_SIGNED = "not_signed"  # the way it came carries no signatures: the adapter has checked them
    ABSENT = "absent"
    MALFORMED = "malformed"
    MISPLACED = "misplaced"  # it is over something else
    CHANGED = "changed"  # what it is over was changed
    FORGED = "forged"  # the key of the certificate did not make it
    UNTRUSTED = "untrusted"
    EXPIRED = "expired"

    @property
    def acceptable(self) -> bool:
        """Whether what was received may be used."""
        return self in {SignatureState.VALID, SignatureState.NOT_SIGNED}


@unique
class Rejection(StrEnum):
    """Why the holder of a register did not answer the question."""

    ACCESS_DENIED = "ACCESS_DENIED"
    NO_DATA = "NO_DATA"
    UNKNOWN_REQUEST = "UNKNOWN_REQUEST_DESCRIPTION"
    FAILURE = "FAILURE"

    @property
    def rule(self) -> Rule | None:
        """What to do about it; that there are no data is an answer and needs nothing."""
        match self:
            case Rejection.NO_DATA:
                return None
            case Rejection.FAILURE:
                return Rule.NEW_ID
            case Rejection.ACCESS_DENIED | Rejection.UNKNOWN_REQUEST:
                return Rule.CONFIGURATION


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One question. ``message_id`` (UUID of version 1) is the key of idempotency and never changes on a retry.

    ``content`` is one XML element in octets; ``again`` says that an earlier try may have got through;
    ``test`` marks a message that no register may count.
    """

    message_id: str
    content: bytes
    again: bool = False
    test: bool = False
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """The message was taken, by this try or (``already``) by an earlier one; ``request`` and ``raw`` are the evidence.

    ``message_id`` is the one it goes by over there; the way through the adapter gives it another.
    """

    message_id: str
    status: str = ""
    already: bool = False
    signature: SignatureState = SignatureState.NOT_SIGNED
    request: bytes = b""
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class Reject:
    """One reason the question was not answered; ``code`` as it came when it is none we know."""

    reason: Rejection | None
    code: str
    description: str


@dataclass(frozen=True, slots=True)
class StatusNote:
    """What is told of a message on its way; ``rule`` says what to do once it is rejected and is None while it goes on.

    ``details`` may repeat what was sent: it is evidence, not something to journal. ``fault`` is safe to show.
    """

    category: str
    details: str = ""
    fault: str = ""
    rule: Rule | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)


_SENDER_ACCEPTABLE: Final = frozenset(
    {
        *(SignatureState.VALID, SignatureState.NOT_SIGNED, SignatureState.ABSENT),
        *(SignatureState.UNTRUSTED, SignatureState.EXPIRED),
    }
)


@dataclass(frozen=True, slots=True)
class Received:
    """One message from the queue: exactly one of content, rejects, progress and status, or none that we know.

    ``raw`` is everything as it came. Kept before it is confirmed, counted once by ``message_id``; ``deviations`` are
    departures from the published schema that did not matter.
    """

    message_id: str
    original_id: str
    raw: bytes
    signature: SignatureState
    sender_signature: SignatureState = SignatureState.NOT_SIGNED
    content: bytes = b""
    rejects: tuple[Reject, ...] = ()
    progress: StatusNote | None = None
    status: StatusNote | None = None
    sender: str = ""
    sent_at: datetime | None = None
    deviations: tuple[str, ...] = ()

    @property
    def trustworthy(self) -> bool:
        """Whether it may be used: the exchange vouches for it, and nothing shows that the sender did not write it.

        Who signed for the sender is the exchange's business: it has checked that certificate, we cannot.
        """
        return self.signature.acceptable and self.sender_signature in _SENDER_ACCEPTABLE


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something came that is no message of the exchange; ``raw`` as it came, so that nothing is lost."""

    raw: bytes
    detail: str


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The receipt is known over there; ``already`` if it was before."""

    message_id: str
    already: bool = False


@dataclass(frozen=True, slots=True)
class StatusReceived:
    """One note from the queue of statuses."""

    original_id: str
    note: StatusNote
    signature: SignatureState
    raw: bytes


@dataclass(frozen=True, slots=True)
class ExchangeHealth:
    """Whether the exchange can be reached and signed for; ``signer`` is None where nothing is signed here."""

    reachable: bool
    trouble: str = ""
    signer: SignerHealth | None = None

    @property
    def ready(self) -> bool:
        """Whether a message sent now has a chance."""
        return self.reachable and (self.signer is None or self.signer.ready)


class MessageExchange(Protocol):
    """One sender's way into the exchange, whichever transport it takes."""

    def send(self, message: OutgoingMessage) -> Outcome[Sent]:
        """Send; the same message id is never taken twice, however often it is sent. ``rule_of`` reads a refusal."""
        ...

    def next_answer(self) -> Received | Unreadable | None:
        """The next message waiting for this sender, or None; it comes again until it is acknowledged.

        Raises OutsideUnavailable, with ``data['rule']``.
        """
        ...

    def acknowledge(self, message_id: str, *, accepted: bool) -> Outcome[Acknowledged]:
        """Confirm the receipt, once its octets are kept; not accepted says that the signature did not hold."""
        ...

    def next_status(self) -> StatusReceived | None:
        """The next note of the status queue, or None; raises OutsideUnavailable."""
        ...

    def health(self) -> ExchangeHealth:
        """Whether it can be reached, without sending anything; never raises."""
        ...


@runtime_checkable
class AnswerFinder(Protocol):
    """A transport that can be asked for an answer again, by the question."""

    def answer_to(self, message_id: str) -> Received | Unreadable | None:
        """The answer to our message, or None while there is none; raises OutsideUnavailable."""
        ...


def rule_of(refused: Refused) -> Rule:
    """What to do after this refusal of ``send`` or ``acknowledge``."""
    return Rule(refused.why.get("rule") or Rule.RESEND_SAME)
