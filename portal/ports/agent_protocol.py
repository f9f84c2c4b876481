"""What a workstation and the portal say to each other: JSON over HTTPS, version 1, the workstation always asks.

    GET  /agent/v1/trust                 Trust; before anything is trusted, compared with what the code promises
    POST /agent/v1/enrolments            EnrolmentRequest -> EnrolmentAnswer
    POST /agent/v1/enrolments/ticket     TicketRequest    -> EnrolmentAnswer
    from here on by mutual TLS only:
    POST /agent/v1/renewals              RenewalRequest   -> EnrolmentAnswer
    POST /agent/v1/poll                  PollRequest      -> PollAnswer
    POST /agent/v1/tasks/<task>/answer   OfferAnswer      -> PollAnswer
    POST /agent/v1/lists/<list>/report   ListReport       -> PollAnswer
    GET  /agent/v1/wake                  held open; 200 when there is something to poll for, 204 when there was not

A refusal is ``{"error": Fault}`` with a status of 4xx or 5xx. Fields that one side does not know are left out by it.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, TypeVar

from portal.domain.agent_tasks import AgentState, TaskAnswer
from portal.domain.contents import TokenSighting
from portal.domain.plain_json import CodecError, plain, reader
from portal.ports.agent_orders import SignedList

#: The version in the address; what changes its meaning gets another.
VERSION: Final = 1
#: Bytes of one message in either direction.
LONGEST_MESSAGE: Final = 1_000_000

Message = TypeVar("Message")
#: How JSON writes what no database takes for text: a NUL, and halves of pairs.
_ODD: Final = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom a workstation may trust: the agent authority (PEM) and the key (Ed25519, 32 bytes) that signs step lists."""

    authority: str
    order_key: bytes
    portal: str


@dataclass(frozen=True, slots=True)
class Workstation:
    """What a workstation says of itself. ``machine`` stays the same when its name changes."""

    name: str
    machine: str
    system: str
    user: str
    version: str


@dataclass(frozen=True, slots=True)
class EnrolmentRequest:
    """Let me in: a PKCS#10 request (PEM), and the one-time code unless an administrator shall decide."""

    request: str
    workstation: Workstation
    code: str = ""


@dataclass(frozen=True, slots=True)
class TicketRequest:
    """What became of an enrolment that waits for an administrator."""

    ticket: str


@dataclass(frozen=True, slots=True)
class EnrolmentAnswer:
    """``ticket`` while it waits; ``agent`` and ``certificate`` (PEM) once accepted. ``trust`` renews what is known."""

    state: AgentState
    ticket: str = ""
    agent: str = ""
    certificate: str = ""
    trust: Trust | None = None


@dataclass(frozen=True, slots=True)
class RenewalRequest:
    """A new certificate for a new key (PKCS#10, PEM)."""

    request: str


@dataclass(frozen=True, slots=True)
class PollRequest:
    """Here I am. ``tokens`` only when they changed or were asked for; ``tokens_hash`` always, of all of them.

    ``language`` is the one offers are worded in; ``open_lists`` are lists begun here and not reported yet.
    """

    version: str
    user: str
    language: str
    tokens_hash: str
    tokens: tuple[TokenSighting, ...] | None = None
    troubles: tuple[str, ...] = ()
    open_lists: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """What a person at the workstation is asked to allow, worded for him."""

    task: str
    serial: str
    device: str
    asked_by: str
    comment: str
    reasons: tuple[str, ...]
    changes: tuple[str, ...]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class OfferAnswer:
    """What the person said; ``until`` when he wants to be asked again (POSTPONED)."""

    answer: TaskAnswer
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class TaskStanding:
    """A task this agent accepted, as the portal sees it; ``over`` when nothing more will come, ``why`` in words."""

    task: str
    serial: str
    over: bool
    words: str = ""


@dataclass(frozen=True, slots=True)
class PollAnswer:
    """What there is to do now. ``next_poll`` is in seconds; ``tokens_wanted`` asks for the tokens with the next poll.

    ``notices`` are words for the person: a token that is not his, or that nobody knows.
    """

    now: datetime
    next_poll: int
    tokens_wanted: bool = False
    renew: bool = False
    offers: tuple[Offer, ...] = ()
    lists: tuple[SignedList, ...] = ()
    tasks: tuple[TaskStanding, ...] = ()
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a message was refused: a code for the program, words for the person; ``retry`` when later may help."""

    code: str
    words: str
    retry: bool = False


def dump(message: object) -> bytes:
    """A message as it travels; the same message always gives the same bytes."""
    return json.dumps(plain(message), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def load(kind: type[Message], text: bytes | str) -> Message:
    """The message of this kind; raises CodecError for anything else, and for one longer than LONGEST_MESSAGE."""
    if len(text) > LONGEST_MESSAGE:
        raise CodecError("too long")
    annotation: Any = kind
    try:
        said = json.loads(text)
        if _ODD.search(text.encode() if isinstance(text, str) else text):
            _refuse_odd(said)
        message: Message = reader(annotation, lenient=True)(said)
    except (TypeError, ValueError, OverflowError, RecursionError) as problem:
        raise CodecError(f"{kind.__name__}: {type(problem).__name__}") from problem
    return message


def _refuse_odd(said: object) -> None:
    """Raise ValueError where a text is none."""
    match said:
        case str():
            if b"\0" in said.encode():
                raise ValueError("a NUL")
        case dict():
            for one in said.values():
                _refuse_odd(one)
        case list():
            for one in said:
                _refuse_odd(one)


def tokens_hash(tokens: Iterable[TokenSighting]) -> str:
    """What PollRequest says of all tokens together; when they were read and what this place is called do not count."""
    seen = sorted((replace(token, where="", read_at=None) for token in tokens), key=lambda token: token.serial)
    return sha256(dump(tuple(seen))).hexdigest()
