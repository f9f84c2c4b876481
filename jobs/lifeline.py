"""Keeping a claim alive beside slow work, and ending a process whose token library hangs."""

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from threading import Event, Thread
from typing import Final

from portal.ports.clock import Clock
from portal.ports.journal import Claim, LeaseLost, UpdateJournal
from portal.services.lease import HoldLease, LeaseCheck

_log = logging.getLogger(__name__)
HANGS: Final = 75  # the exit status of a work-horse ended because its token did not answer


def _end_process() -> None:
    os._exit(HANGS)  # a thread stuck in a library cannot be ended in any kinder way


class Lifeline:
    """One claim, renewed each beat; each effect asks first whether it is still ours, and so shows that work goes on."""

    def __init__(self, journal: UpdateJournal, claim: Claim, lease: timedelta, *, clock: Clock) -> None:
        self._journal = journal
        self._claim = claim
        self._lease = lease
        self._clock = clock
        self._safe_until = time.monotonic() + lease.total_seconds()
        self._lost = False
        self.last_sign = time.monotonic()

    def check(self) -> None:
        """Raise LeaseLost when somebody else may have the update now."""
        self.last_sign = time.monotonic()
        if self._lost or time.monotonic() >= self._safe_until:
            raise LeaseLost

    def renew(self) -> None:
        """Prolong the lease; a database that does not answer costs one beat."""
        began = time.monotonic()
        try:
            self._journal.renew(self._claim, now=self._clock.now(), lease=self._lease)
        except LeaseLost:
            self._lost = True
        except Exception:  # noqa: BLE001 - whatever ails the database, the lease tells when to stop
            _log.warning("lease of update %s not renewed", self._claim.update, exc_info=True)
        else:
            self._safe_until = began + self._lease.total_seconds()


def lifeline(
    clock: Clock, *, beat: timedelta, patience: timedelta, end: Callable[[], None] = _end_process
) -> HoldLease:
    """A way to hold leases; ``patience`` is how long one effect may take before the process is ended."""

    def hold(journal: UpdateJournal, claim: Claim, lease: timedelta) -> AbstractContextManager[LeaseCheck]:
        return _held(Lifeline(journal, claim, lease, clock=clock), beat, patience, end)

    return hold


@contextmanager
def _held(line: Lifeline, beat: timedelta, patience: timedelta, end: Callable[[], None]) -> Iterator[LeaseCheck]:
    over = Event()

    def keep() -> None:
        while not over.wait(beat.total_seconds()):
            if time.monotonic() - line.last_sign > patience.total_seconds():
                _log.error("no sign of work for %s: the token does not answer", patience)
                end()
            line.renew()

    Thread(target=keep, name="lifeline", daemon=True).start()
    try:
        yield line.check
    finally:
        over.set()
