"""The promise that work goes on: what is due or lost is rung for again, whatever became of the queue."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select

from portal.db.base import AnyRow
from portal.db.models import Device, Update
from portal.db.transaction import Database
from portal.domain.ids import UpdateId
from portal.domain.outcomes import WaitingFor
from portal.domain.update_state import UpdateStatus
from portal.ports.clock import Clock
from portal.ports.token import TokenWatch
from portal.ports.vault import PinTickets
from portal.services.bell import Bell
from portal.services.update_requests import wake

#: An ordered update whose first bell was lost is rung for after this long; a rung one is given this long to be claimed.
PATIENCE = timedelta(seconds=5)
AT_ONCE = 200


@dataclass(slots=True)
class Sweeper:
    """Looks each second; rings at most once per update in ``PATIENCE``. Any number of sweepers may run."""

    database: Database
    clock: Clock
    watch: TokenWatch
    tickets: PinTickets
    bell: Bell
    _rung: dict[int, datetime] = field(default_factory=dict)

    def sweep(self) -> int:
        """Ring for everything due or lost; answers for how many."""
        now = self.clock.now()
        forgotten = self.bell.forgotten(now - PATIENCE)
        for ring in forgotten:
            self.bell.ring(ring)
        due = [number for number in self._due(now) if self._may_ring(number, now)]
        for number in due:
            with self.database.begin() as connection:
                wake(connection, number, now)
                ring = self.bell.post(connection, number, now)
            self.bell.ring(ring)
        return len(due) + len(forgotten)

    def _due(self, now: datetime) -> list[UpdateId]:
        columns = (Update.id, Update.status, Update.waiting_for, Update.wake_at, Device.serial)
        query = select(*columns).join(Device, Device.id == Update.device_id).where(_moves(now))
        with self.database.read() as connection:
            rows = connection.execute(query.order_by(Update.id).limit(AT_ONCE)).all()
        return [UpdateId(row.id) for row in rows if self._ready(row, now)]

    def _ready(self, row: AnyRow, now: datetime) -> bool:
        """A run that waits for a token or a PIN goes on when the token is here and its ticket lives."""
        if row.status is not UpdateStatus.WAITING or (row.wake_at is not None and row.wake_at <= now):
            return True
        return self.watch.seen(row.serial) is not None and self.tickets.alive(row.id)

    def _may_ring(self, number: UpdateId, now: datetime) -> bool:
        last = self._rung.get(number)
        if last is not None and now - last < PATIENCE:
            return False
        self._rung = {known: at for known, at in self._rung.items() if now - at < PATIENCE} | {number: now}
        return True


def _moves(now: datetime) -> ColumnElement[bool]:
    """Ordered and not claimed, running without a living lease, waiting until now, or waiting for somebody."""
    status = Update.status
    return or_(
        and_(status == UpdateStatus.ORDERED, Update.ordered_at < now - PATIENCE),
        and_(status == UpdateStatus.RUNNING, or_(Update.lease_until.is_(None), Update.lease_until <= now)),
        and_(status == UpdateStatus.WAITING, Update.wake_at <= now),
        and_(
            status == UpdateStatus.WAITING,
            Update.wake_at.is_(None),
            Update.waiting_for.in_([WaitingFor.TOKEN, WaitingFor.PIN]),
        ),
    )
