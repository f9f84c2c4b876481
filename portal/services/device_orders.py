"""Carrying an operation out: every order told to its authority or register until it answers.

An order is committed before it is told; each may be told twice, so one whose answer was lost is simply told again.
One worker at a time is at a device's orders, in the order in which its operations were written.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, exists, or_, select, update

from portal.db.findings import hold_devices
from portal.db.models import DeviceOperation, DeviceOrder, OperationStatus, OrderStatus
from portal.db.transaction import Database
from portal.domain.device_life import Operation
from portal.domain.ids import DeviceId, OperationId
from portal.domain.outcomes import Done
from portal.domain.update_state import UpdateStatus
from portal.ports.clock import Clock
from portal.ports.queue import OperationQueue
from portal.services.bell import Bell
from portal.services.device_life import told_by
from portal.services.device_operations import Told, Wish, add_orders
from portal.services.device_runs import active_run, stop_run
from portal.services.order_outcomes import WORKER, pending_orders, write_outcome
from portal.services.order_telling import OrderTeller
from portal.services.patience import pause_after

#: How long one worker may be at an order before another takes the operation up.
LEASE: Final = timedelta(minutes=2)
#: How often is looked whether an update that was asked to stop has ended.
LOOK_AGAIN: Final = timedelta(seconds=5)
AT_ONCE: Final = 200

_OWN: Final = DeviceOperation
_OPEN: Final = select(_OWN.device_id, _OWN.kind, _OWN.reason, _OWN.attempts).where(_OWN.status == OperationStatus.OPEN)


@dataclass(frozen=True, slots=True)
class _Taken:
    """An operation a worker is at."""

    number: OperationId
    device: DeviceId
    kind: Operation
    reason: str
    attempts: int


@dataclass(frozen=True, slots=True)
class DeviceOrders:
    """What workers and the sweeper do with operations that are still open."""

    database: Database
    clock: Clock
    bell: Bell
    queue: OperationQueue
    teller: OrderTeller

    def ring_due(self) -> int:
        """Ring for every open operation that is due and that nobody is at; answers for how many."""
        now = self.clock.now()
        free = or_(_OWN.lease_until.is_(None), _OWN.lease_until <= now)
        due = select(_OWN.id, _OWN.attempts).where(_OWN.status == OperationStatus.OPEN, _OWN.wake_at <= now, free)
        with self.database.read() as connection:
            rows = connection.execute(due.order_by(_OWN.wake_at, _OWN.id).limit(AT_ONCE)).all()
        for row in rows:
            self.queue.carry_operation(OperationId(row.id), row.attempts)
        return len(rows)

    def carry(self, number: OperationId) -> bool:
        """Tell everything that is not told yet; whether that was the end of it."""
        taken = self._take(number)
        if taken is None:
            return False
        with self.database.read() as connection:
            orders = pending_orders(connection, number)
        behind: set[str] = set()
        for order in orders:
            if order.kind.of_register and order.target in behind:
                continue  # first things first: what comes later would be lost on it
            outcome = self.teller.tell(order)
            if not isinstance(outcome, Done):
                behind.add(order.target)
            with self.database.begin() as connection:
                now = self.clock.now()
                write_outcome(connection, order, device=taken.device, outcome=outcome, now=now)
                _change(connection, number, lease_until=now + LEASE)
        return self._let_go(taken)

    def dropped(self, number: OperationId, attempt: int) -> bool:
        """Whoever was called for this attempt died at it: another is called at once, later if that happened before."""
        now = self.clock.now()
        wake_at = now + min(pause_after(attempt), LEASE) if attempt else now
        mine = (_OWN.id == number, _OWN.status == OperationStatus.OPEN)
        died = update(_OWN).where(*mine, _OWN.attempts == attempt + 1, _OWN.lease_until.is_not(None))
        with self.database.begin() as connection:
            found = connection.execute(died.values(lease_until=None, wake_at=wake_at)).rowcount == 1
        if found and not attempt:
            self.queue.carry_operation(number, attempt + 1)
        return found

    def _take(self, number: OperationId) -> _Taken | None:
        """None when it is over, or somebody is at this device's orders."""
        now = self.clock.now()
        with self.database.begin() as connection:
            row = connection.execute(_OPEN.where(_OWN.id == number)).one_or_none()
            if row is None:
                return None
            hold_devices(connection, [row.device_id])
            at_it = select(_OWN.id).where(_OWN.device_id == row.device_id, _OWN.lease_until > now)
            if connection.execute(at_it).first() or not connection.execute(_OPEN.where(_OWN.id == number)).first():
                return None
            _change(connection, number, lease_until=now + LEASE, attempts=row.attempts + 1)
        return _Taken(number, DeviceId(row.device_id), row.kind, row.reason, row.attempts + 1)

    def _let_go(self, taken: _Taken) -> bool:
        """Close the operation, or say when to look at it again; an update in its way is stopped for good."""
        now, ring, pause = self.clock.now(), None, None
        with self.database.begin() as connection:
            if taken.kind is Operation.REVOKE:
                ring = stop_run(connection, self.bell, taken.device, actor=WORKER, now=now)
            hold_devices(connection, [taken.device])
            overtaken = connection.execute(_OPEN.where(_OWN.id == taken.number)).first() is None
            pause = None if overtaken else _left(connection, taken, now)
            values: dict[str, Any] = {"lease_until": None}
            if pause is not None:
                values["wake_at"] = now + pause
            elif not overtaken:
                values |= {"status": OperationStatus.DONE, "wake_at": None, "finished_at": now}
            _change(connection, taken.number, **values)
        if ring is not None:
            self.bell.ring(ring)
        return pause is None


def _left(connection: Connection, taken: _Taken, now: datetime) -> timedelta | None:
    """How long until the next look; None when nothing is left. What came to be meanwhile is ordered, too."""
    mine = DeviceOrder.operation_id == taken.number
    if connection.execute(select(exists().where(mine, DeviceOrder.status == OrderStatus.PENDING))).scalar_one():
        return pause_after(taken.attempts)
    wish = Wish(taken.device, taken.kind, WORKER, reason=taken.reason)
    told = connection.execute(select(DeviceOrder.kind, DeviceOrder.target, DeviceOrder.serial).where(mine))
    known = {tuple(row) for row in told}
    late = [one for one in told_by(connection, wish, now) if _place(one) not in known]
    add_orders(connection, taken.number, late, device=taken.device, now=now)
    run = active_run(connection, taken.device) if taken.kind is Operation.REVOKE else None
    if late:
        return timedelta()
    return LOOK_AGAIN if run is not None and run.status is not UpdateStatus.STUCK else None


def _place(told: Told) -> tuple[object, ...]:
    return (told.kind, told.target, told.serial)


def _change(connection: Connection, number: OperationId, **values: Any) -> None:
    connection.execute(update(_OWN).where(_OWN.id == number).values(values))
