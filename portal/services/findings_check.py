"""The stored findings of every device against the truth, once a day: a difference is an alarm, and is mended.

The truth here is the domain's, device by device from its own rows, and not the set-based rules: nothing that other
parts keep for speed is believed. A round goes a few hundred devices a turn, so that nobody waits for it.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, exists, select

from portal.db import snapshots
from portal.db.findings import (
    JUDGED,
    Review,
    finding_rows,
    hold_devices,
    need_columns,
    peculiarity_rows,
    standing_row,
    store_reviews,
)
from portal.db.models import IS_ACTIVE, Device, DeviceFinding, DeviceStanding, FleetReview, Peculiarity, Person, Update
from portal.db.transaction import Database
from portal.domain.audit import AuditTag
from portal.ports.clock import Clock
from portal.services.audit import record
from portal.services.monitor import UNREADABLE
from portal.services.reviews import review_of

AT_ONCE: Final = 250
ROUND: Final = timedelta(days=1)
_NAMED: Final = 20
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class FindingsCheck:
    """Goes through the fleet again and again, one round a day; a restart begins a new round."""

    database: Database
    clock: Clock
    _after: int = field(default=0)
    _began: datetime | None = field(default=None)

    def follow(self) -> int:
        """Check the next devices; answers how many had to be mended."""
        now = self.clock.now()
        if self._after == 0 and self._began is not None and now < self._began + ROUND:
            return 0
        if self._after == 0:
            self._began = now
        with self.database.read() as connection:
            if connection.execute(select(FleetReview.id).limit(1)).first():
                return 0  # the monitor is at work: what it has not reached yet is no lie
            numbers = list(connection.execute(_NEXT.where(Device.id > self._after)).scalars())
            untrue = _untrue(connection, numbers, now)
        self._after = numbers[-1] if len(numbers) == AT_ONCE else 0
        return self._mend([review.device for review in untrue], now) if untrue else 0

    def _mend(self, numbers: Collection[int], now: datetime) -> int:
        """Look again with the devices held: somebody may just have changed them."""
        with self.database.begin() as connection:
            hold_devices(connection, numbers)
            untrue = _untrue(connection, numbers, now)
            store_reviews(connection, untrue)
            if untrue:
                named = ", ".join(str(review.device) for review in untrue[:_NAMED])
                _log.error("stored findings of %s devices were not true and are mended: %s", len(untrue), named)
                record(
                    connection,
                    AuditTag.FINDINGS_MENDED,
                    actor="sweeper",
                    subject="fleet",
                    now=now,
                    devices=len(untrue),
                    numbers=named,
                )
        return len(untrue)


_NEXT: Final = select(Device.id).order_by(Device.id).limit(AT_ONCE)


def _untrue(connection: Connection, numbers: Collection[int], now: datetime) -> list[Review]:
    """What should be stored of the devices of which something else is."""
    busy = exists().where(Update.device_id == Device.id, IS_ACTIVE)
    waits = Device.next_check_at <= now
    query = select(Device.id, *(getattr(Device, name) for name in JUDGED)).where(Device.id.in_(numbers), ~busy)
    rows = {row.id: row for row in connection.execute(query.where(waits.is_not(True)))}
    reviews = _reviews(connection, list(rows), now)
    standings = _standings(connection, list(rows))
    findings, peculiar = _findings(connection, list(rows)), _peculiarities(connection, list(rows))
    return [
        review
        for review in reviews
        if any(getattr(rows[review.device], name) != value for name, value in need_columns(review).items())
        or standings.get(review.device) != _standing(review)
        or findings[review.device] != {tuple(row.values()) for row in finding_rows(review.device, review.findings)}
        or peculiar[review.device]
        != {tuple(row.values()) for row in peculiarity_rows(review.device, review.peculiarities)}
    ]


def _reviews(connection: Connection, numbers: Sequence[int], now: datetime) -> list[Review]:
    given = snapshots.assignments(connection)
    try:
        devices = list(snapshots.devices(connection, numbers).values())
    except UNREADABLE:
        if len(numbers) == 1:
            return []  # the monitor tells of it
        return [review for number in numbers for review in _reviews(connection, [number], now)]
    return [review_of(device, given, now) for device in devices]


def _standing(review: Review) -> tuple[bool, int | None, int]:
    row = standing_row(review)
    return (row["b_held"], row["b_kit"], row["b_windows"])


def _standings(connection: Connection, numbers: Sequence[int]) -> dict[int, tuple[bool, int | None, int]]:
    """Whose unit decides is read from the holder itself: it has to be the same."""
    own = DeviceStanding
    query = select(own.device_id, own.holder_id, own.unit_id, own.kit, own.windows, Device.holder_id.label("holder"))
    query = query.add_columns(Person.unit_id.label("unit")).join(Device, Device.id == own.device_id)
    query = query.outerjoin(Person, Person.id == Device.holder_id).where(own.device_id.in_(numbers))
    return {
        row.device_id: (row.unit_id is not None, row.kit, row.windows)
        for row in connection.execute(query)
        if row.holder_id == row.holder and row.unit_id in {None, row.unit}
    }


def _findings(connection: Connection, numbers: Sequence[int]) -> dict[int, set[tuple[object, ...]]]:
    own = DeviceFinding
    query = select(own.reason, own.device_id, own.subject, own.fingerprint, own.until, own.on)
    found: dict[int, set[tuple[object, ...]]] = defaultdict(set)
    for row in connection.execute(query.where(own.device_id.in_(numbers))):
        found[row.device_id].add(tuple(row))
    return found


def _peculiarities(connection: Connection, numbers: Sequence[int]) -> dict[int, set[tuple[object, ...]]]:
    own = Peculiarity
    query = select(own.device_id, own.kind, own.subject, own.fingerprint, own.until)
    found: dict[int, set[tuple[object, ...]]] = defaultdict(set)
    for row in connection.execute(query.where(own.device_id.in_(numbers))):
        found[row.device_id].add(tuple(row))
    return found
