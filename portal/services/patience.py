"""How long to wait after a refusal that may pass."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from portal.domain.outcomes import Waiting, WaitingFor
from portal.domain.troubles import Why

FIRST_PAUSE: Final = timedelta(seconds=2)
LONGEST_PAUSE: Final = timedelta(minutes=5)

#: Only an event moves these on: a token plugged in, a PIN entered, an agent that reports.
EVENTS: Final = frozenset({WaitingFor.TOKEN, WaitingFor.PIN, WaitingFor.AGENT})


def wait_for(whom: WaitingFor, why: Why, before: Why | None, now: datetime) -> Waiting:
    """Wait for an event, or try again by ourselves after pauses that double; ``before`` tells how often we did."""
    if whom in EVENTS:
        return Waiting(whom, why)
    tries = 1 + int((before.get("tries") if before else "") or 0)
    data = (*(pair for pair in why.data if pair[0] != "tries"), ("tries", str(tries)))
    return Waiting(whom, replace(why, data=data), now + pause_after(tries))


def timed(waiting: Waiting, now: datetime) -> Waiting:
    """Whom no event moves on is asked again, also when he named no time."""
    if waiting.look_again_at is not None or waiting.whom in EVENTS:
        return waiting
    return replace(waiting, look_again_at=now + LONGEST_PAUSE)


def pause_after(tries: int) -> timedelta:
    """Two seconds, four, eight …, at most five minutes."""
    return min(FIRST_PAUSE * (1 << min(tries - 1, 16)), LONGEST_PAUSE)
