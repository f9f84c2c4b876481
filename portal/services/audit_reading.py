"""Those who follow the audit log: its index of words, the sink outside, and the check of the chain."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from portal.db import audit_chain
from portal.db.audit_words import index_after, place_of, remember
from portal.db.base import AnyRow, AnySelect
from portal.db.models import AuditEntry, AuditReader
from portal.db.transaction import Database
from portal.domain.audit import AuditTag
from portal.domain.errors import OutsideUnavailable
from portal.ports.audit_sink import AuditLine, AuditSink
from portal.ports.clock import Clock
from portal.services.audit import record

WORDS: Final = "words"
SINK: Final = "sink"
CHAIN: Final = "chain"
_AT_ONCE: Final = 500
_ROUNDS: Final = 20
_LONGEST_PAUSE: Final = timedelta(minutes=5)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ChainState:
    """What the last walk along the chain found, and when; ``fault`` is empty while every line holds."""

    checked: int
    at: datetime
    fault: str = ""
    line: int = 0


@dataclass(slots=True)
class AuditReading:
    """Each duty goes on from where it stopped, whichever process does it."""

    database: Database
    clock: Clock
    sink: AuditSink | None = None
    _failures: int = 0
    _silent_until: datetime | None = None

    def index(self) -> int:
        """Make the newest lines findable by their words; answers how many."""
        before = last = -1
        for _round in range(_ROUNDS):
            with self.database.begin() as connection:
                last = place_of(connection, WORDS)
                before = last if before < 0 else before
                reached = index_after(connection, last, _AT_ONCE)
                if reached == last:
                    break
                remember(connection, WORDS, reached, now=self.clock.now())
                last = reached
        return last - before

    def forward(self) -> int:
        """Tell the sink what is new; one that does not answer is left alone for longer each time."""
        now = self.clock.now()
        if self.sink is None or (self._silent_until and now < self._silent_until):
            return 0
        with self.database.read() as connection:
            lines = [_line(row) for row in connection.execute(_after(place_of(connection, SINK)))]
        if not lines:
            return 0
        try:
            self.sink.send(lines)
        except OutsideUnavailable as error:
            self._pause(now, error)
            return 0
        self._failures, self._silent_until = 0, None
        with self.database.begin() as connection:
            remember(connection, SINK, lines[-1].id, now=now)
        return len(lines)

    def check(self) -> audit_chain.ChainReport:
        """Walk the chain and keep what was found; a break is written down once, as a line of the log itself."""
        with self.database.read() as connection:
            report = audit_chain.verify(connection)
        trouble = f"{report.fault}:{report.first_bad}" if report.fault else ""
        with self.database.begin() as connection:
            query = select(AuditReader.trouble).where(AuditReader.name == CHAIN)
            known = connection.execute(query).scalar_one_or_none()
            remember(connection, CHAIN, report.checked, now=self.clock.now(), trouble=trouble)
            if trouble and trouble != known:
                record(
                    connection,
                    AuditTag.AUDIT_BROKEN,
                    actor="courier",
                    subject="audit",
                    now=self.clock.now(),
                    line=report.first_bad or 0,
                    fault=str(report.fault),
                )
        return report

    def state(self) -> ChainState | None:
        """What the last walk found; None before the first."""
        with self.database.read() as connection:
            row = connection.execute(_STATE).one_or_none()
        if row is None:
            return None
        fault, _colon, line = row.trouble.partition(":")
        return ChainState(row.last_id, row.at, fault, int(line or 0))

    def _pause(self, now: datetime, error: OutsideUnavailable) -> None:
        self._failures += 1
        pause = min(timedelta(seconds=2 ** min(self._failures, 12)), _LONGEST_PAUSE)
        self._silent_until = now + pause
        _log.warning("the audit sink does not answer (%s); next try in %s", error.data.get("why", ""), pause)


_STATE: Final = select(AuditReader.last_id, AuditReader.at, AuditReader.trouble).where(AuditReader.name == CHAIN)
_SENT: Final = (
    *(AuditEntry.id, AuditEntry.at, AuditEntry.tag, AuditEntry.actor, AuditEntry.subject),
    *(AuditEntry.particulars, AuditEntry.correlation, AuditEntry.hash),
)


def _after(last: int) -> AnySelect:
    return select(*_SENT).where(AuditEntry.id > last).order_by(AuditEntry.id).limit(_AT_ONCE)


def _line(row: AnyRow) -> AuditLine:
    return AuditLine(*row)
