"""The authority of the portal itself is looked after by workers; pages read what the last one saw."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Final

from portal.db.models import OwnAuthorityWatch
from portal.db.queries.own_authority import own_health
from portal.db.transaction import Database
from portal.db.upsert import upsert
from portal.domain.errors import OutsideUnavailable
from portal.domain.own_authority import OwnHealth
from portal.ports.clock import Clock
from portal.ports.own_authority import OwnAuthorityDesk
from portal.ports.queue import AuthorityQueue

EVERY: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class OwnAuthority:
    """A look also keeps its revocation list fresh, whether anybody fetches that or not."""

    database: Database
    clock: Clock
    desk: OwnAuthorityDesk
    queue: AuthorityQueue

    def order_due(self) -> bool:
        """Have a worker look when the last look is old; whether that was so."""
        known, now = self.health(), self.clock.now()
        if (known is not None and now - known.looked_at < EVERY) or not self.desk.there():
            return False
        self.queue.look_at_authority(int(now.timestamp() // EVERY.total_seconds()))
        return True

    def look(self) -> bool:
        """Look, as a worker, and write down what is seen; whether there was something to see."""
        try:
            state = self.desk.look()
        except OutsideUnavailable:  # what was seen before grows old, and that is said
            return False
        if state is None:
            return False
        with self.database.begin() as connection:
            upsert(connection, OwnAuthorityWatch, {"id": 1}, {**asdict(state), "looked_at": self.clock.now()})
        return True

    def health(self) -> OwnHealth | None:
        """What is known."""
        with self.database.read() as connection:
            return own_health(connection)
