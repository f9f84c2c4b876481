"""The monitor: devices whose findings time alone has changed are reviewed again, in small batches."""

import logging
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from portal.db import snapshots
from portal.db.findings import hold_devices, store_reviews
from portal.db.models import Device
from portal.db.transaction import Database
from portal.domain.errors import PortalError
from portal.ports.clock import Clock
from portal.services.fleet_reviews import FleetReviews
from portal.services.reviews import review_of

BATCH = 500
#: Seconds of one turn given to marked parts of the fleet.
MARKED = 2.0
#: A device whose rows cannot be read is left alone for this long, so that it does not keep the others waiting.
REST = timedelta(hours=1)
#: What rows of another version of the program make of a reader; a database that is away is something else.
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, PortalError)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Monitor:
    """Keeps the stored findings true as renewal windows open, certificates end, and policies change."""

    database: Database
    clock: Clock

    def review_marked(self) -> int:
        """Judge parts of the fleet that were marked, for a while; answers how many devices were looked at."""
        marked, looked_at, end = FleetReviews(self.database, self.clock), 0, time.monotonic() + MARKED
        while (batch := marked.advance()) is not None:
            looked_at += batch
            if time.monotonic() > end:
                break
        return looked_at

    def review_due(self) -> int:
        """Review one batch of devices whose moment has come; answers how many."""
        now = self.clock.now()
        query = select(Device.id).where(Device.next_check_at <= now).order_by(Device.next_check_at).limit(BATCH)
        with self.database.read() as connection:
            due = list(connection.execute(query).scalars())
        try:
            self._review(due, now)
        except UNREADABLE:
            for device in due:
                self._review_alone(device, now)
        return len(due)

    def _review(self, due: Collection[int], now: datetime) -> None:
        if not due:
            return
        with self.database.begin() as connection:
            hold_devices(connection, due)
            given, found = snapshots.assignments(connection), snapshots.devices(connection, due)
            store_reviews(connection, [review_of(device, given, now) for device in found.values()])

    def _review_alone(self, device: int, now: datetime) -> None:
        try:
            self._review([device], now)
        except UNREADABLE:
            _log.exception("device %s cannot be reviewed; it is left alone for %s", device, REST)
            with self.database.begin() as connection:
                connection.execute(update(Device).where(Device.id == device).values(next_check_at=now + REST))
