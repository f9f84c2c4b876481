"""What registers of devices answer, in the one vocabulary for the slow outside."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from portal.connectors.http import NoAnswer, NotTrusted, Reply
from portal.domain.outcomes import Absent, Done, Effect, Happened, Outcome, Refused, Unknown, Waiting, WaitingFor
from portal.domain.troubles import Trouble, why


class Stopped(Exception):  # noqa: N818 - it says what happened
    """There is nothing more to do now: ``outcome`` is the answer."""

    def __init__(self, outcome: Waiting | Refused) -> None:
        super().__init__(outcome.why.detail)
        self.outcome = outcome


def refused(code: str, about: str = "") -> Stopped:
    """The register said no for good; ``code`` has words."""
    return Stopped(Refused(why(Trouble.REGISTER_REFUSED, code, about=about[:200]), permanent=True))


def unavailable(detail: str) -> Stopped:
    """It did not answer, or not in a way that can be read: perhaps later."""
    return Stopped(Refused(why(Trouble.REGISTER_UNAVAILABLE, detail[:200]), permanent=False))


def at_work(ticket: str, look_again_at: datetime) -> Stopped:
    """It took the order and has not finished."""
    said = why(Trouble.REGISTER_UNAVAILABLE, f"at work: {ticket}"[:200])
    return Stopped(Waiting(WaitingFor.RETRY, said, look_again_at, ticket))


def answered(work: Callable[[], str]) -> Outcome[str]:
    """Done with the register's own id of the device, or why not."""
    try:
        return Done(work())
    except Stopped as stopped:
        return stopped.outcome
    except NoAnswer as error:
        return _silent(error)


def settled(look: Callable[[], str | None]) -> Effect[str]:
    """Whether the register knows the device; ``look`` finds its own id of it, or None."""
    try:
        found = look()
    except Stopped as stopped:
        return Unknown(stopped.outcome.why, stopped.outcome.whom)
    except NoAnswer as error:
        return Unknown(_silent(error).why, WaitingFor.RETRY)
    return Absent() if found is None else Happened(found)


def read_object(reply: Reply) -> Mapping[str, Any]:
    """The body as an object of JSON; raises Stopped."""
    try:
        said = json.loads(reply.body)
    except (ValueError, RecursionError) as error:
        raise unavailable(f"HTTP {reply.status}: not JSON") from error
    if not isinstance(said, dict):
        raise unavailable(f"HTTP {reply.status}: not an object")
    return said


def text_in(said: Mapping[str, Any], name: str) -> str:
    """A member that has to be text; raises Stopped."""
    value = said.get(name)
    if not isinstance(value, str) or len(value) > _LONGEST or not value.isprintable():
        raise unavailable(f"no {name} in the answer")
    return value


_LONGEST = 500


def _silent(error: NoAnswer) -> Refused:
    detail = f"not trusted: {error.detail}" if isinstance(error, NotTrusted) else error.detail
    return Refused(why(Trouble.REGISTER_UNAVAILABLE, detail[:200]), permanent=False)
