"""Stands before every call to a counterpart: whether it is called now, and how it answered."""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, TypeVar

from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from portal.db.models import Connector
from portal.db.transaction import Database
from portal.domain.connector_health import ConnectorState, pause_after
from portal.domain.errors import OutsideUnavailable
from portal.domain.ids import ConnectorId
from portal.domain.outcomes import Accepted, Refused, Unknown, Waiting, WaitingFor
from portal.domain.troubles import Trouble, Why, why
from portal.ports.clock import Clock
from portal.services.connector_rows import StoredConnector, stored_connector

Answer = TypeVar("Answer")
#: So often it is written down that it answers while nothing else changes.
_EVERY: Final = timedelta(minutes=1)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ConnectorWatch:
    """``chance`` spreads the next tries; between 0 and 1."""

    database: Database
    clock: Clock
    chance: Callable[[], float] = field(default=random.random)

    def of(self, connector: StoredConnector) -> "Guard":
        """The watch of one of them."""
        return Guard(self, connector.id, connector.name)

    def row(self, number: ConnectorId) -> StoredConnector | None:
        """How it stands now."""
        with self.database.read() as connection:
            return stored_connector(connection, Connector.id == number)

    def answered(self, number: ConnectorId) -> None:
        """It answered: whatever was wrong is over."""
        now, known = self.clock.now(), self.row(number)
        if known is None:
            return
        before = known.health
        if before.failures or before.answered_at is None or now - before.answered_at >= _EVERY:
            well = {"failures": 0, "trouble": "", "detail": "", "next_try_at": None, "answered_at": now}
            with self.database.begin() as connection:
                connection.execute(update(Connector).where(Connector.id == number).values(well))

    def failed(self, number: ConnectorId, trouble: str, detail: str) -> None:
        """It did not: several that asked at once count as one, and the next one asks after a while."""
        now = self.clock.now()
        with self.database.begin() as connection:
            known = stored_connector(connection, Connector.id == number, hold=True)
            if known is None or known.health.holds_back(now):
                return
            failures = known.health.failures + 1
            next_try = now + pause_after(failures, self.chance())
            said = {"trouble": trouble[:60], "detail": detail[:300], "failed_at": now, "next_try_at": next_try}
            connection.execute(update(Connector).where(Connector.id == number).values(failures=failures, **said))


@dataclass(frozen=True, slots=True)
class Guard:
    """The watch of one connector. What cannot be written down never spoils an answer that came."""

    watch: ConnectorWatch
    number: ConnectorId
    name: str

    def closed(self) -> Why | None:
        """Why it is not called now; None when it may be."""
        known = self.watch.row(self.number)
        if known is None:
            return why(Trouble.CA_UNAVAILABLE, ca=self.name)
        if known.state is ConnectorState.PAUSED:
            return why(Trouble.CONNECTOR_PAUSED, connector=self.name)
        if known.health.holds_back(self.watch.clock.now()):
            return why(_trouble(known.health.trouble), known.health.detail, ca=self.name)
        return None

    def hear(self, answer: Answer) -> Answer:
        """Note what an answer says of the counterpart, and hand it on."""
        trouble = _failing(answer)
        self._note(trouble)
        return answer

    def run(self, call: Callable[[], Answer]) -> Answer:
        """Call what raises OutsideUnavailable: it is not called while it is closed, and noted when it raises."""
        if (shut := self.closed()) is not None:
            raise OutsideUnavailable(shut.trouble.value, ca=self.name, why=shut.detail)
        try:
            answer = call()
        except OutsideUnavailable as error:
            self._note(why(_trouble(error.code), error.data.get("why", "")))
            raise
        self._note(None)
        return answer

    def _note(self, trouble: Why | None) -> None:
        try:
            if trouble is None:
                self.watch.answered(self.number)
            else:
                self.watch.failed(self.number, trouble.trouble.value, trouble.detail)
        except SQLAlchemyError:
            _log.warning("how connector %s answers could not be written down", self.name, exc_info=True)


def _failing(answer: object) -> Why | None:
    """What an answer tells of a counterpart that does not do its part; None when it did answer."""
    match answer:
        case Refused(permanent=False, why=said, whom=WaitingFor.RETRY):
            return said
        case Unknown(why=said, whom=WaitingFor.RETRY):
            return said
        case Waiting(whom=WaitingFor.RETRY, why=said) | Accepted(waiting=Waiting(whom=WaitingFor.RETRY, why=said)):
            return said
        case _:
            return None


def _trouble(code: str) -> Trouble:
    return Trouble(code) if code in _KNOWN else Trouble.CA_UNAVAILABLE


_KNOWN: Final = frozenset(Trouble)
