"""The monitor: devices whose findings time alone has changed are reviewed again, in small batches."""

from dataclasses import dataclass

from sqlalchemy import select

from portal.db import snapshots
from portal.db.findings import store_reviews
from portal.db.models import Device
from portal.db.transaction import Database
from portal.ports.clock import Clock
from portal.services.reviews import review_of

BATCH = 500


@dataclass(frozen=True, slots=True)
class Monitor:
    """Keeps the stored findings true as renewal windows open and certificates end."""

    database: Database
    clock: Clock

    def review_due(self) -> int:
        """Review one batch of devices whose moment has come; answers how many."""
        now = self.clock.now()
        query = select(Device.id).where(Device.next_check_at <= now).order_by(Device.next_check_at).limit(BATCH)
        with self.database.read() as connection:
            due = list(connection.execute(query).scalars())
        if not due:
            return 0
        with self.database.begin() as connection:
            given = snapshots.assignments(connection)
            found = snapshots.devices(connection, due)
            store_reviews(connection, [review_of(device, given, now) for device in found.values()])
        return len(due)
