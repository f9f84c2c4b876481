"""How what happens at an authority outside is told in the words of the port."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeVar

from portal.connectors.ca.believing import NotBelieved, key_hash
from portal.connectors.http import NoAnswer, NotTrusted, Reply
from portal.domain.errors import OutsideUnavailable
from portal.domain.outcomes import (
    Absent,
    Accepted,
    Done,
    Effect,
    Happened,
    Outcome,
    Refused,
    Unknown,
    Waiting,
    WaitingFor,
)
from portal.domain.troubles import Trouble, Why, why
from portal.ports.certificate_authority import IssuedCertificate

_Reply = TypeVar("_Reply")
HOLD: Final = "certificateHold"
#: The reason that takes a hold back (RFC 5280, 5.3.1).
RELEASE: Final = "removeFromCRL"
_LET_IN: Final = frozenset({401, 403})
_SERVER: Final = 500
_BUSY: Final = 429
#: Nobody looks at an order who answers so.
_SHUT: Final = _LET_IN | {_BUSY, 503}


class Stopped(Exception):  # noqa: N818 - it says what happened
    """There is nothing more to do now: ``outcome`` is the answer."""

    def __init__(self, outcome: Waiting | Refused) -> None:
        super().__init__(outcome.why)
        self.outcome = outcome


def refused(detail: str, about: str = "", *, permanent: bool = True) -> Stopped:
    """The authority said no; ``detail`` is a code that has words."""
    return Stopped(Refused(why(Trouble.CA_REFUSED, detail, about=about[:200]), permanent=permanent))


def lost_order(order_id: str) -> Stopped:
    """Nobody can tell by asking what became of an order: a person has to."""
    return refused("lost_order", order_id)


def demand_reason(reason: str, *, holds: bool) -> None:
    """Raises Stopped for a hold that could not be taken back, and for what is no revocation at all."""
    if reason == HOLD and not holds:
        raise refused("no_hold")
    if reason == RELEASE:
        raise refused("unknown_reason", reason)


def by_hand(serial: str) -> Stopped:
    """It has no way to be told of a revocation."""
    return refused("by_hand", serial)


def unavailable(detail: str) -> Stopped:
    """It did not answer, or not in a way that can be read."""
    return Stopped(Refused(why(Trouble.CA_UNAVAILABLE, detail[:200]), permanent=False))


def list_in_doubt(error: NotBelieved) -> Stopped:
    """Its list of revoked certificates tells nothing now: whether it revoked is looked for again."""
    return unavailable(f"list of revoked certificates: {error.detail}")


def deciding(ticket: str, look_again_at: datetime) -> Stopped:
    """It took the order, and a person over there decides."""
    return Stopped(Waiting(WaitingFor.CA, why(Trouble.CA_DECIDES), look_again_at, ticket))


def expected(reply: Reply, *statuses: int) -> Reply:
    """The answer, when it has one of these statuses; raises Stopped."""
    if reply.status in statuses:
        return reply
    if reply.status in _LET_IN:
        raise refused("not_let_in", f"HTTP {reply.status}", permanent=False)
    if reply.status >= _SERVER or reply.status == _BUSY:
        raise unavailable(f"HTTP {reply.status}")
    raise refused("said_no", f"HTTP {reply.status}")


def given(ask: Callable[[], Reply]) -> Reply:
    """The answer to an order; raises Stopped, with nothing in doubt, when nobody there took it in."""
    try:
        reply = ask()
    except NoAnswer as silence:
        if silence.asked:
            raise
        raise Stopped(Refused(_trouble(silence), permanent=False, asked=False)) from silence
    if reply.status in _SHUT:
        nothing_given(lambda: expected(reply))
    return reply


def nothing_given(work: Callable[[], _Reply]) -> _Reply:
    """What is done before an order is given: whatever goes wrong, nothing of the order is in doubt."""
    try:
        return work()
    except NoAnswer as silence:
        raise Stopped(Refused(_trouble(silence), permanent=False, asked=False)) from silence
    except Stopped as stopped:
        if isinstance(stopped.outcome, Refused):
            raise Stopped(replace(stopped.outcome, asked=False)) from stopped
        raise


def answered(work: Callable[[], _Reply]) -> Outcome[_Reply]:
    """Done with what came of it, or why not."""
    try:
        return Done(work())
    except Stopped as stopped:
        return stopped.outcome
    except (NotBelieved, NoAnswer) as error:
        return Refused(_trouble(error), permanent=isinstance(error, NotBelieved))


def settled(work: Callable[[], IssuedCertificate | None]) -> Effect[IssuedCertificate]:
    """What became of an order: ``work`` looks for the certificate, None means that it was never given."""
    try:
        found = work()
    except Stopped as stopped:
        if isinstance(stopped.outcome, Waiting):
            return Accepted(stopped.outcome)
        return Unknown(stopped.outcome.why, None if stopped.outcome.permanent else WaitingFor.RETRY)
    except (NotBelieved, NoAnswer) as error:
        return Unknown(_trouble(error), None if isinstance(error, NotBelieved) else WaitingFor.RETRY)
    return Absent() if found is None else Happened(found)


def told(work: Callable[[], _Reply]) -> _Reply:
    """What was asked for; raises OutsideUnavailable."""
    try:
        return work()
    except Stopped as stopped:
        raise OutsideUnavailable("ca_unavailable", why=stopped.outcome.why.detail) from stopped
    except (NotBelieved, NoAnswer) as error:
        raise OutsideUnavailable("ca_unavailable", why=error.detail) from error


def wanted_key(request: bytes) -> str:
    """The hash of the key a request is for; raises Stopped on what is no request."""
    try:
        return key_hash(request)
    except ValueError as error:
        raise refused("bad_request", str(error)) from error


def _trouble(error: NotBelieved | NoAnswer) -> Why:
    if isinstance(error, NotBelieved):
        return why(Trouble.CA_MISMATCH, error.detail)
    if isinstance(error, NotTrusted):
        return why(Trouble.CA_REFUSED, "not_trusted", about=error.detail)
    return why(Trouble.CA_UNAVAILABLE, error.detail)
