"""When to ask and when to look for answers: at once while something is outstanding, seldom while nothing is."""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from portal.db.models import IdentityQuestion
from portal.db.transaction import Database
from portal.domain.errors import OutsideUnavailable
from portal.domain.identity_check import CheckState
from portal.ports.clock import Clock
from portal.services.exchange_settings import Exchange
from portal.services.exchange_watch import ExchangeWatch
from portal.services.identity_answering import IdentityAnswering
from portal.services.identity_asking import IdentityAsking
from portal.services.identity_rows import pause_after

#: While no answer is outstanding: what comes then was asked by nobody we remember, and is taken all the same.
SELDOM: Final = timedelta(minutes=15)
_AWAITED: Final = (CheckState.SENT, CheckState.PROCESSING, CheckState.NO_ANSWER)
_RECENT: Final = timedelta(days=7)
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class IdentityPolling:
    """One round per beat; an exchange that does not answer is left alone for longer each time."""

    database: Database
    clock: Clock
    exchange: Exchange
    asking: IdentityAsking
    answering: IdentityAnswering
    watch: ExchangeWatch
    _failures: int = 0
    _next: datetime | None = field(default=None, init=False)

    def round(self) -> int:
        """Send what is due and take what has come; answers how many messages moved."""
        self.asking.tell_silent()
        sender = self.exchange.sender()
        if sender is None:
            return 0
        moved = self.asking.ask_due(sender)
        now = self.clock.now()
        if self._next is not None and now < self._next and not moved:
            return 0
        try:
            moved += self.answering.take(sender.exchange)
        except OutsideUnavailable as error:
            self._failures += 1
            self._next = now + pause_after(self._failures)
            self.watch.silent(error.code)
            _log.warning("the exchange does not answer (%s); next look at %s", error.code, self._next)
            return moved
        self._failures = 0
        self.watch.answered()
        self._next = None if moved else now + (timedelta(seconds=1) if self._awaits(now) else SELDOM)
        return moved

    def _awaits(self, now: datetime) -> bool:
        query = select(IdentityQuestion.id).where(
            IdentityQuestion.state.in_(_AWAITED), IdentityQuestion.sent_at > now - _RECENT
        )
        with self.database.read() as connection:
            return connection.execute(query.limit(1)).first() is not None
