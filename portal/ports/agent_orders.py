"""Token orders as they travel to a workstation: a closed list, signed, for one token, one agent and one time."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Final

from portal.domain.certificate import KeyAlgorithm
from portal.domain.outcomes import WaitingFor
from portal.domain.troubles import Why
from portal.ports.token import (
    GenerateKeyPair,
    ImportKeyPair,
    ObjectOrder,
    ProveCertificate,
    ReadContents,
    RemoveCertificate,
    RemoveKeyPair,
    SignRequest,
    TokenOrder,
    TokenReply,
    WriteCertificate,
)

#: What is signed begins with this, so that a signature made for anything else is no signature of a list.
LIST_PREFIX: Final = b"klyuchnik step list 1\n"
#: By so much a list may have been made in the future of who gets it.
CLOCKS_DIFFER: Final = timedelta(minutes=2)


@unique
class OrderKind(StrEnum):
    """Everything a workstation may be told to do to a token, and nothing else."""

    READ_CONTENTS = "read_contents"
    GENERATE_KEY_PAIR = "generate_key_pair"
    SIGN_REQUEST = "sign_request"
    WRITE_CERTIFICATE = "write_certificate"
    IMPORT_KEY_PAIR = "import_key_pair"
    PROVE_CERTIFICATE = "prove_certificate"
    REMOVE_CERTIFICATE = "remove_certificate"
    REMOVE_KEY_PAIR = "remove_key_pair"


_ORDERS: Final[dict[OrderKind, type[ObjectOrder]]] = {
    OrderKind.READ_CONTENTS: ReadContents,
    OrderKind.GENERATE_KEY_PAIR: GenerateKeyPair,
    OrderKind.SIGN_REQUEST: SignRequest,
    OrderKind.WRITE_CERTIFICATE: WriteCertificate,
    OrderKind.IMPORT_KEY_PAIR: ImportKeyPair,
    OrderKind.PROVE_CERTIFICATE: ProveCertificate,
    OrderKind.REMOVE_CERTIFICATE: RemoveCertificate,
    OrderKind.REMOVE_KEY_PAIR: RemoveKeyPair,
}
_KINDS: Final = {order: kind for kind, order in _ORDERS.items()}


@dataclass(frozen=True, slots=True)
class SentOrder:
    """One order of a list; only the fields its kind needs are filled. ``seq`` counts from 1 within the list.

    ``doubtful``: it may have taken effect already, so the token is looked at first and the order carried out only
    when it did not.
    """

    seq: int
    kind: OrderKind
    key_id: str = ""
    label: str = ""
    algorithm: KeyAlgorithm | None = None
    subject: tuple[tuple[str, str], ...] = ()
    alternative: tuple[tuple[str, str], ...] = ()
    fingerprint: str = ""
    certificate: bytes = b""
    private_key: bytes = field(default=b"", repr=False)
    doubtful: bool = False


def sent(order: TokenOrder, *, seq: int = 1, doubtful: bool = False) -> SentOrder:
    """The order as it travels; raises ValueError for one no workstation is ever given."""
    kind = _KINDS.get(type(order))  # type: ignore[arg-type]  # a PIN order is not among them
    if kind is None:
        raise ValueError(type(order).__name__)
    values = {one.name: getattr(order, one.name) for one in fields(order)}
    return SentOrder(seq, kind, doubtful=doubtful, **values)


def received(order: SentOrder) -> ObjectOrder:
    """The token order that was sent; raises ValueError for a key pair without an algorithm."""
    if order.kind is OrderKind.GENERATE_KEY_PAIR and order.algorithm is None:
        raise ValueError(order.kind)
    kind = _ORDERS[order.kind]
    return kind(**{one.name: getattr(order, one.name) for one in fields(kind)})


@dataclass(frozen=True, slots=True)
class StepList:
    """What one agent shall do to one token, now.

    ``content_hash`` is what the token must carry before the first order; empty when that cannot be known.
    ``epoch`` grows each time the task changes hands: what an older one reports is not taken.
    """

    id: str
    task: str
    agent: str
    serial: str
    epoch: int
    made_at: datetime
    expires_at: datetime
    orders: tuple[SentOrder, ...]
    content_hash: str = ""


@dataclass(frozen=True, slots=True)
class SignedList:
    """The text of a StepList in JSON, byte for byte, and the portal's Ed25519 signature over LIST_PREFIX and it."""

    body: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class OrderResult:
    """How one order ended: a reply when it was done, else why not (``permanent`` as in outcomes.Refused)."""

    seq: int
    reply: TokenReply | None = None
    why: Why | None = None
    permanent: bool = False
    whom: WaitingFor = WaitingFor.RETRY


@dataclass(frozen=True, slots=True)
class ListReport:
    """What became of a list; ``content_hash`` is of the token as it is now, empty when it could not be read.

    Sent again and again until it is taken; the same report has the same effect as one.
    """

    list: str
    epoch: int
    results: tuple[OrderResult, ...]
    content_hash: str = ""


@unique
class ListRefusal(StrEnum):
    """Why a workstation does not touch a token for a list, however well it is signed."""

    OTHER_AGENT = "other_agent"
    OTHER_TOKEN = "other_token"
    EXPIRED = "expired"
    TOO_EARLY = "too_early"
    EPOCH_OVER = "epoch_over"
    MALFORMED = "malformed"


def may_execute(
    steps: StepList, agent: str, serial: str, *, now: datetime, epochs: Mapping[str, int]
) -> ListRefusal | None:
    """Why this agent must not carry the list out on the token with this serial number; None when it may.

    ``now`` is the portal's time as the workstation knows it, ``epochs`` the highest epoch it saw of each task. That the
    signature is the portal's is checked before the list is read at all.
    """
    if steps.agent != agent:
        return ListRefusal.OTHER_AGENT
    if steps.serial != serial:
        return ListRefusal.OTHER_TOKEN
    if now >= steps.expires_at:
        return ListRefusal.EXPIRED
    if steps.made_at - now > CLOCKS_DIFFER:
        return ListRefusal.TOO_EARLY
    if steps.epoch < epochs.get(steps.task, 0):
        return ListRefusal.EPOCH_OVER
    in_order = [one.seq for one in steps.orders] == list(range(1, len(steps.orders) + 1))
    return None if steps.orders and in_order else ListRefusal.MALFORMED
