"""How the exchange has answered lately: since when it does not, and until when our certificate holds."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, insert, select, update

from portal.db.models import SmevWatch
from portal.db.transaction import Database
from portal.ports.clock import Clock
from portal.services.exchange_settings import Exchange

#: So often the row is written while nothing changes: it tells that somebody still asks.
_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Watch:
    """What the last look found; ``down_since`` is None while the exchange answers."""

    looked_at: datetime
    down_since: datetime | None
    trouble: str
    own_until: datetime | None


def watch_row(connection: Connection) -> Watch | None:
    """What is known, None before the first look."""
    found = connection.execute(_ROW).one_or_none()
    return None if found is None else Watch(*found)


@dataclass(frozen=True, slots=True)
class ExchangeWatch:
    """Written by whoever asks the exchange, read by the first page."""

    database: Database
    clock: Clock
    exchange: Exchange

    def answered(self) -> None:
        """It does."""
        known, now = self._known(), self.clock.now()
        if known is None or known.down_since is not None or now - known.looked_at >= _EVERY:
            self._write(looked_at=now, down_since=None, trouble="")

    def silent(self, trouble: str) -> None:
        """It does not; since when is kept from the first time."""
        known, now = self._known(), self.clock.now()
        since = known.down_since if known is not None and known.down_since is not None else now
        self._write(looked_at=now, down_since=since, trouble=trouble[:60])

    def look_at_certificate(self) -> int:
        """Ask the signing process until when our certificate holds; answers 1 when it said so."""
        sender = self.exchange.sender()
        health = sender.exchange.health() if sender is not None else None
        if health is None or health.signer is None or health.signer.not_after is None:
            return 0
        self._write(looked_at=self.clock.now(), own_until=health.signer.not_after)
        return 1

    def state(self) -> Watch | None:
        """What is known."""
        return self._known()

    def _known(self) -> Watch | None:
        with self.database.read() as connection:
            return watch_row(connection)

    def _write(self, *, looked_at: datetime, **changed: datetime | str | None) -> None:
        with self.database.begin() as connection:
            if connection.execute(update(SmevWatch).values(looked_at=looked_at, **changed)).rowcount == 0:
                row = {"down_since": None, "trouble": "", "own_until": None, **changed}
                connection.execute(insert(SmevWatch).values(id=1, looked_at=looked_at, **row))


_ROW: Final = select(SmevWatch.looked_at, SmevWatch.down_since, SmevWatch.trouble, SmevWatch.own_until)
