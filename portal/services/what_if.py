"""What if: which devices would become due, and why, if a policy or its assignments were others. Nothing is saved."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from portal.db import snapshots
from portal.db.findings import Review
from portal.db.models import Device
from portal.db.queries.device_rows import device_rows
from portal.db.queries.paging import PAGE_SIZE, Count, Page, decode, encode
from portal.db.queries.views import DeviceRow
from portal.db.transaction import Database
from portal.domain.effective_policy import Assignment
from portal.domain.findings import Finding, UpdateReason, need_bits, reasons_of
from portal.domain.ids import DeviceId, PolicyId
from portal.domain.policy import DeviceUsagePolicy
from portal.ports.clock import Clock
from portal.services.reviews import review_of

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """The assignments as they would be, and the part of the fleet for which anything may be another way then.

    ``policy``: devices under it; ``units``: what people in them or below hold (None among them: everybody).
    ``subject`` is the assignment it is about.
    """

    given: tuple[Assignment, ...]
    policy: PolicyId | None = None
    units: frozenset[int | None] = frozenset({None})
    subject: Assignment | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """How a fleet would stand. ``reasons`` counts devices that get this due reason and do not have it now.

    ``becoming_due`` are not due now; ``further`` are, and get one more reason; ``relieved`` would not be due any more.
    ``orphaned`` would have no policy any more.
    """

    looked_at: int
    becoming_due: int
    further: int
    relieved: int
    orphaned: int
    reasons: tuple[tuple[UpdateReason, int], ...]

    @property
    def touched(self) -> int:
        """Devices for which there would be a new reason."""
        return self.becoming_due + self.further


@dataclass(frozen=True, slots=True)
class ForecastDevice:
    """A device that would get new reasons, with all its due findings as they would be."""

    row: DeviceRow
    findings: tuple[Finding, ...]
    new: tuple[UpdateReason, ...]


@dataclass(frozen=True, slots=True)
class _Change:
    review: Review
    need: int
    orphaned: bool

    @property
    def after(self) -> int:
        return need_bits(self.review.findings)

    @property
    def new(self) -> int:
        return self.after & ~self.need


class WhatIf:
    """Judges devices as if; whoever may see what a policy does to everybody may ask."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def publishing(self, draft: DeviceUsagePolicy) -> Hypothesis:
        """The draft (with the id of its policy) acts instead of the published version; a new policy reaches nobody."""
        with self._database.read() as connection:
            given = snapshots.assignments(connection)
        return Hypothesis(
            tuple(replace(one, policy=draft) if one.policy.id == draft.id else one for one in given), draft.id
        )

    def assigning(self, given: Collection[Assignment]) -> Hypothesis:
        """These assignments are all there are."""
        return Hypothesis(tuple(given))

    def forecast(self, hypothesis: Hypothesis) -> Forecast:
        """Counts over the whole fleet."""
        with self._database.read() as connection:
            changes = list(self._changes(connection, hypothesis))
        reasons = Counter(reason for change in changes for reason in reasons_of(change.new))
        return Forecast(
            looked_at=len(changes),
            becoming_due=sum(not change.need and bool(change.after) for change in changes),
            further=sum(bool(change.need and change.new) for change in changes),
            relieved=sum(bool(change.need) and not change.after for change in changes),
            orphaned=sum(change.orphaned for change in changes),
            reasons=tuple((reason, reasons[reason]) for reason in UpdateReason if reasons[reason]),
        )

    def devices(
        self, hypothesis: Hypothesis, *, after: str | None = None, size: int = PAGE_SIZE
    ) -> Page[ForecastDevice]:
        """One page of the devices that would get new reasons, in order of registration."""
        last = decode(after, int)[0] if after else 0
        with self._database.read() as connection:
            touched = [one for one in self._changes(connection, hypothesis) if one.new and one.review.device > last]
            shown = {one.review.device: one for one in touched[:size]}
            rows = device_rows(connection, list(shown))
        items = tuple(_forecast_device(row, shown[row.id]) for row in rows)
        return Page(items, encode(items[-1].row.id) if len(touched) > size else None, Count(len(touched)))

    def findings(self, hypothesis: Hypothesis, devices: Collection[DeviceId]) -> dict[DeviceId, tuple[Finding, ...]]:
        """All findings of these devices as they would be."""
        now = self._clock.now()
        with self._database.read() as connection:
            found = snapshots.devices(connection, devices)
        return {device.id: review_of(device, hypothesis.given, now).findings for device in found.values()}

    def _changes(self, connection: Connection, hypothesis: Hypothesis) -> Iterator[_Change]:
        now, last = self._clock.now(), 0
        query = select(Device.id, Device.need, Device.problem).order_by(Device.id).limit(_BATCH)
        if hypothesis.policy is not None:
            query = query.where(Device.effective_policy_id == hypothesis.policy)
        while rows := connection.execute(query.where(Device.id > last)).all():
            last = rows[-1].id
            found = snapshots.devices(connection, [row.id for row in rows])
            for row in rows:
                review = review_of(found[row.id], hypothesis.given, now)
                yield _Change(review, row.need, bool(review.problem) and not row.problem)


def _forecast_device(row: DeviceRow, change: _Change) -> ForecastDevice:
    due = tuple(finding for finding in change.review.findings if finding.reason.due)
    return ForecastDevice(row, due, reasons_of(change.new))
