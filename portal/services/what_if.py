"""What if: which devices would become due, and why, if a policy or its assignments were others. Nothing is saved."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection, func, select

from portal.db import snapshots
from portal.db.fleet_acting import Part
from portal.db.fleet_forecast import ForecastQuery
from portal.db.fleet_rules import fleet_rules
from portal.db.models import Device
from portal.db.queries.device_rows import device_rows
from portal.db.queries.paging import PAGE_SIZE, Count, Page, decode, encode
from portal.db.queries.views import DeviceRow
from portal.db.reach import subtree
from portal.db.transaction import Database
from portal.domain.effective_policy import Assignment
from portal.domain.findings import Finding, UpdateReason, need_bits, reasons_of
from portal.domain.ids import DeviceId, PolicyId
from portal.domain.policy import DeviceUsagePolicy
from portal.ports.clock import Clock
from portal.services.reviews import review_of

#: Numbers of devices looked at first for one page; more and more when few of them are touched.
_WINDOW: Final = 5000


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
            judged = self._judged(connection, hypothesis, _part(connection, hypothesis))
            found, looked_at, orphaned = judged.changes(), judged.looked_at(), judged.orphaned()
        reasons: Counter[UpdateReason] = Counter()
        for (before, after), number in found.items():
            for reason in reasons_of(after & ~before):
                reasons[reason] += number
        return Forecast(
            looked_at=looked_at,
            becoming_due=sum(number for (before, after), number in found.items() if after and not before),
            further=sum(number for (before, after), number in found.items() if before and after & ~before),
            relieved=sum(number for (before, after), number in found.items() if before and not after),
            orphaned=orphaned,
            reasons=tuple((reason, reasons[reason]) for reason in UpdateReason if reasons[reason]),
        )

    def devices(
        self, hypothesis: Hypothesis, *, after: str | None = None, size: int = PAGE_SIZE
    ) -> Page[ForecastDevice]:
        """One page of the devices that would get new reasons, in order of registration."""
        last = decode(after, int)[0] if after else 0
        found: list[int] = []
        with self._database.read() as connection:
            within = _part(connection, hypothesis)
            end = connection.execute(select(func.max(Device.id))).scalar_one() or 0
            window = _WINDOW
            while len(found) <= size and last < end:
                part = replace(within, above=last, up_to=last + window)
                found += self._judged(connection, hypothesis, part).touched()
                last, window = last + window, window * 4
            items = self._shown(connection, hypothesis, found[:size])
        place = encode(found[size - 1]) if len(found) > size else None
        return Page(items, place, Count(len(items), len(found) > size))

    def findings(self, hypothesis: Hypothesis, devices: Collection[DeviceId]) -> dict[DeviceId, tuple[Finding, ...]]:
        """All findings of these devices as they would be."""
        now = self._clock.now()
        with self._database.read() as connection:
            found = snapshots.devices(connection, devices)
        return {device.id: review_of(device, hypothesis.given, now).findings for device in found.values()}

    def _judged(self, connection: Connection, hypothesis: Hypothesis, part: Part) -> ForecastQuery:
        now = self._clock.now()
        query = ForecastQuery(connection, fleet_rules(connection, hypothesis.given, now), now, part)
        for device in snapshots.devices(connection, query.alone).values():
            query.judged_alone(device.id, need_bits(review_of(device, hypothesis.given, now).findings))
        return query

    def _shown(self, connection: Connection, hypothesis: Hypothesis, numbers: list[int]) -> tuple[ForecastDevice, ...]:
        now = self._clock.now()
        found = snapshots.devices(connection, numbers)
        shown: list[ForecastDevice] = []
        for row in device_rows(connection, numbers):
            findings = review_of(found[row.id], hypothesis.given, now).findings
            due = tuple(finding for finding in findings if finding.reason.due)
            new = tuple(reason for reason in reasons_of(need_bits(due)) if reason not in row.reasons)
            shown.append(ForecastDevice(row, due, new))
        return tuple(shown)


def _part(connection: Connection, hypothesis: Hypothesis) -> Part:
    """The part of the fleet for which anything may be another way."""
    if hypothesis.policy is not None:
        return Part(policy=hypothesis.policy)
    units = [unit for unit in hypothesis.units if unit is not None]
    if len(units) < len(hypothesis.units):
        return Part()
    return Part(units=frozenset(subtree(connection, units)))
