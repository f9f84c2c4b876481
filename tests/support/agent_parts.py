"""What stands beside a portal and a workstation without a network: who signs, who calls, where power is lost."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, unique

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portal.domain.outcomes import Done, Outcome, Refused
from portal.ports.agent_orders import LIST_PREFIX, OrderResult, SignedList
from portal.ports.token import TokenReply


class Signer:
    """Signs lists; knows its own signatures."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(bytes(32))

    def sign(self, body: bytes) -> bytes:
        return self._key.sign(LIST_PREFIX + body)

    def check(self, signed: SignedList) -> bool:
        try:
            self._key.public_key().verify(signed.signature, LIST_PREFIX + signed.body.encode())
        except InvalidSignature:
            return False
        return True


@dataclass
class Calls:
    """Remembers which workstations were called."""

    woken: list[str] = field(default_factory=list)
    shut_out: list[str] = field(default_factory=list)
    #: a workstation that comes at once
    prompt: Callable[[], object] | None = None

    def wake(self, *uids: str) -> None:
        self.woken.extend(uids)
        if self.prompt is not None:
            self.prompt()

    def polled(self, uid: str, serial: str) -> None:
        """It is awake."""

    def shut(self, uid: str) -> None:
        self.shut_out.append(uid)

    def contacts(self, uids: Collection[str]) -> Mapping[str, datetime]:
        return {}

    def all_contacts(self) -> Mapping[str, datetime]:
        return {}


@unique
class Point(StrEnum):
    """Where a workstation may lose its power."""

    LISTED = "listed"
    INTENDED = "intended"
    DONE_UNWRITTEN = "done_unwritten"
    DONE = "done"
    REPORTED = "reported"


class PowerCut(BaseException):
    """The machine is off from here on."""


def steady(_point: Point, _name: str) -> None:
    """Nothing happens."""


def result_of(outcome: Outcome[TokenReply]) -> OrderResult:
    if isinstance(outcome, Done):
        return OrderResult(1, outcome.reply)
    assert isinstance(outcome, Refused)
    return OrderResult(1, why=outcome.why, permanent=outcome.permanent, whom=outcome.whom)
