"""Holding a claim while slow work goes on: the runner asks before each effect whether it still may."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta

from portal.ports.journal import Claim, UpdateJournal

#: Raises LeaseLost when the claim may have passed to somebody else.
LeaseCheck = Callable[[], None]

#: Keeps a claim alive while the context is open.
HoldLease = Callable[[UpdateJournal, Claim, timedelta], AbstractContextManager[LeaseCheck]]


def _still_ours() -> None:
    """Trust that the run is shorter than its lease."""


def trusting(_journal: UpdateJournal, _claim: Claim, _lease: timedelta) -> AbstractContextManager[LeaseCheck]:
    """Hold nothing: for runs that end before their lease."""
    return nullcontext(_still_ours)
