"""The promise that work goes on: what is due or lost is rung for again, whatever became of the queue."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, or_, select

from portal.db.base import AnyRow
from portal.db.models import Device, Update
from portal.db.transaction import Database
from portal.domain.errors import OutsideUnavailable
from portal.domain.ids import UpdateId
from portal.domain.outcomes import WaitingFor
from portal.domain.update_state import UpdateStatus
from portal.ports.clock import Clock
from portal.ports.token import TokenWatch
from portal.ports.vault import PinTickets
from portal.services.bell import Bell, Ring
from portal.services.update_requests import wake

#: An ordered update whose first bell was lost is rung for after this long; a rung one is given this long to be claimed.
PATIENCE: Final = timedelta(seconds=5)
#: What was rung for is remembered for longer than any PIN's ticket lives.
MEMORY: Final = timedelta(minutes=30)
AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class _Rung:
    """The last bell for an update, and at which of its claims.

    ``serial`` is set when it was rung for because its token was there; ``pause`` is how long it is left alone then.
    """

    ring: Ring
    at: datetime
    fence: int
    serial: str = ""
    pause: timedelta = PATIENCE


@dataclass(slots=True)
class Sweeper:
    """Looks each second; rings at most once per update in ``PATIENCE``. Any number of sweepers may run."""

    database: Database
    clock: Clock
    watch: TokenWatch
    tickets: PinTickets
    bell: Bell
    _rung: dict[int, _Rung] = field(default_factory=dict)
    _after: int = 0

    def sweep(self) -> int:
        """Ring for everything due or lost, and for whose token is here; answers for how many."""
        now = self.clock.now()
        forgotten = self.bell.forgotten(now - PATIENCE)
        for ring in forgotten:
            self.bell.ring(ring)
        self._rung = {number: last for number, last in self._rung.items() if now - last.at < MEMORY}
        return len(forgotten) + self._ring_due(now) + self._ring_returned(now)

    def _ring_due(self, now: datetime) -> int:
        rows = [row for row in self._due(now) if self._rested(row, now, PATIENCE)]
        for row in rows:
            last = self._rung.get(row.id)
            if last is not None and last.fence == row.fence:  # the same bell again: a long queue grows no longer
                self.bell.remind(last.ring)
                self._rung[row.id] = replace(last, at=now)
            else:
                self._rung[row.id] = _Rung(self._post(row, now), now, row.fence)
        return len(rows)

    def _due(self, now: datetime) -> list[AnyRow]:
        """Some of what is due, the next time those that come after: no crowd keeps the others waiting."""
        query = _RUNS.where(_is_due(now), Update.id > self._after).order_by(Update.id).limit(AT_ONCE)
        with self.database.read() as connection:
            rows = list(connection.execute(query).all())
        self._after = rows[-1].id if len(rows) == AT_ONCE else 0
        return rows

    def _ring_returned(self, now: datetime) -> int:
        """A run that waits for its token or a PIN goes on when the token is here and its ticket lives.

        One that comes to wait again without the token having gone is left alone twice as long each time: so its
        ticket ends, and a person looks at what is wrong.
        """
        seen = {sighting.serial for sighting in self.watch.all_seen()}
        self._rung = {number: last for number, last in self._rung.items() if not last.serial or last.serial in seen}
        rows = [row for row in self._returned(seen) if self._rested(row, now) and self._has_pin(row)]
        for row in rows:
            last = self._rung.get(row.id)
            pause = last.pause * 2 if last and last.serial else PATIENCE
            self._rung[row.id] = _Rung(self._post(row, now), now, row.fence, row.serial, pause)
        return len(rows)

    def _returned(self, seen: set[str]) -> list[AnyRow]:
        if not seen:
            return []
        with self.database.read() as connection:
            return list(connection.execute(_RUNS.where(_WAITS, Device.serial.in_(seen)).order_by(Update.id)).all())

    def _rested(self, row: AnyRow, now: datetime, pause: timedelta | None = None) -> bool:
        last = self._rung.get(row.id)
        return last is None or now - last.at >= (pause or last.pause)

    def _has_pin(self, row: AnyRow) -> bool:
        try:
            return self.tickets.alive(row.id)
        except OutsideUnavailable:  # it is asked for again at the next look
            return False

    def _post(self, row: AnyRow, now: datetime) -> Ring:
        number = UpdateId(row.id)
        with self.database.begin() as connection:
            if row.wake_at is None:
                wake(connection, number, now)
            ring = self.bell.post(connection, number, now)
        self.bell.ring(ring)
        return ring


_RUNS: Final = select(Update.id, Update.fence, Update.wake_at, Device.serial).join(
    Device, Device.id == Update.device_id
)
_WAITS: Final = and_(
    Update.status == UpdateStatus.WAITING,
    Update.wake_at.is_(None),
    Update.waiting_for.in_([WaitingFor.TOKEN, WaitingFor.PIN]),
)


def _is_due(now: datetime) -> ColumnElement[bool]:
    """Ordered and not claimed, running without a living lease, or waiting until now."""
    status = Update.status
    return or_(
        and_(status == UpdateStatus.ORDERED, Update.ordered_at < now - PATIENCE),
        and_(status == UpdateStatus.RUNNING, or_(Update.lease_until.is_(None), Update.lease_until <= now)),
        and_(status == UpdateStatus.WAITING, Update.wake_at <= now),
    )
