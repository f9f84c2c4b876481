"""The whole fleet at once: its truth against one raw pass; what-if; publishing; one event; reconciliation."""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, delete, func, select, text, update

from portal.connectors.clock import SystemClock
from portal.db import schema, snapshots
from portal.db.findings import hold_devices, store_review
from portal.db.fleet_rules import fleet_rules
from portal.db.fleet_truth import FleetTruth
from portal.db.marks import mark_everything, mark_policy
from portal.db.models import Device, DeviceFinding, FleetReview
from portal.db.transaction import Database
from portal.domain.ids import DeviceId, PolicyId
from portal.seed.bulk import settle
from portal.services.fleet_reviews import FleetReviews
from portal.services.monitor import Monitor
from portal.services.reviews import review_of
from portal.services.what_if import WhatIf
from tests.bench.figures import figure
from tests.bench.fleets import Size, fleet
from tests.bench.reconciled import reconciled

#: The floor: one pass over every device and every certificate in use, by the index that serves it best, and the
#: simplest question of both. A truth that opened every certificate could not be quicker.
RAW_PASS = text(
    """
    SELECT count(*), sum(worst) FROM (
        SELECT devices.id, max(CASE WHEN certificates.not_after <= :soon THEN 1 ELSE 0 END) AS worst
        FROM devices LEFT JOIN certificates ON certificates.device_id = devices.id
            AND certificates.status = 'written' AND NOT certificates.history AND certificates.answers <> ''
        GROUP BY devices.id
    ) AS passed
    """
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """How large, where, and how often each is measured."""

    size: Size
    backends: tuple[str, ...]
    times: int
    keep: Path | None


def run(wanted: Wanted) -> list[dict[str, object]]:
    """All figures, database by database."""
    return [row for backend in wanted.backends for row in _of(backend, wanted)]


def _of(backend: str, wanted: Wanted) -> Iterator[dict[str, object]]:
    with fleet(backend, wanted.size, wanted.keep) as url:
        schema.upgrade(url)
        with Database(url) as database:
            _calm(database)
            about = {"database": backend, "devices": wanted.size.devices}
            truths, questions = _truths(database, wanted.times), _questions(database, wanted.times)
            for row in (*truths, *questions, *_changes(database), *reconciled(database)):
                yield {**about, **row}


def _calm(database: Database) -> None:
    """A fleet is generated as of some moment; what has come due since is reviewed first."""
    monitor = Monitor(database, SystemClock())
    while monitor.review_due() or monitor.review_marked():
        _dot()
    settle(database)


def _truths(database: Database, times: int) -> Iterator[dict[str, object]]:
    now = datetime.now(UTC)
    with database.read() as connection:
        floor = _timed(lambda: connection.execute(RAW_PASS, {"soon": now.replace(tzinfo=None)}).all(), times)
        truth = _timed(lambda: _findings(connection, now), times)
        yield {"what": "one raw pass (floor)", **floor}
        yield {"what": "truth: all findings", **truth, "over_floor": round(truth["seconds"] / floor["seconds"], 2)}
        yield {"what": "findings", "number": _findings(connection, now)}
    with database.begin() as connection:
        connection.execute(delete(DeviceFinding))
        connection.execute(update(Device).where(Device.need > 0).values(need=0))
        mark_everything(connection, now)
    yield {"what": "truth with write-back, in batches", **_worked_off(database)}


def _findings(connection: Connection, now: datetime) -> int:
    truth = FleetTruth(connection, fleet_rules(connection, snapshots.assignments(connection), now), now)
    query = select(func.count()).select_from(truth.findings().subquery())
    return int(connection.execute(query).scalar_one())


def _worked_off(database: Database) -> dict[str, object]:
    """Every mark worked off; the longest transaction is what another writer waits for at most."""
    reviews, longest, began = FleetReviews(database, SystemClock()), 0.0, time.perf_counter()
    while True:
        before = time.perf_counter()
        if reviews.advance() is None:
            break
        longest = max(longest, time.perf_counter() - before)
        _dot()
    return {"seconds": round(time.perf_counter() - began, 3), "longest_batch": round(longest, 3)}


def _questions(database: Database, times: int) -> Iterator[dict[str, object]]:
    what_if = WhatIf(database, SystemClock())
    with database.read() as connection:
        given = snapshots.assignments(connection)
    shorter = tuple(replace(one, policy=replace(one.policy, templates=one.policy.templates[1:])) for one in given)
    whole = what_if.assigning(shorter)
    yield {"what": "what-if: every policy loses a template", **_timed(lambda: what_if.forecast(whole), times)}
    yield {"what": "what-if: first page of its list", **_timed(lambda: what_if.devices(whole), times)}
    number = _largest(database)
    policy = next(one.policy for one in given if one.policy.id == number)
    longer = replace(
        policy, templates=tuple(replace(one, renewal_window=timedelta(days=200)) for one in policy.templates)
    )
    draft = what_if.publishing(longer)
    yield {"what": "what-if: one policy, longer windows", **_timed(lambda: what_if.forecast(draft), times)}


def _largest(database: Database) -> PolicyId:
    query = select(Device.effective_policy_id).where(Device.effective_policy_id.is_not(None))
    query = query.group_by(Device.effective_policy_id).order_by(func.count().desc()).limit(1)
    with database.read() as connection:
        return PolicyId(connection.execute(query).scalar_one() or 0)


def _changes(database: Database) -> Iterator[dict[str, object]]:
    number, now = _largest(database), datetime.now(UTC)

    def mark() -> None:
        with database.begin() as connection:
            mark_policy(connection, number, now)

    with database.read() as connection:
        query = select(func.count()).select_from(Device).where(Device.effective_policy_id == number)
        devices = connection.execute(query).scalar_one()
    yield {"what": f"publishing: the mark for {devices} devices", **_timed(mark, 9)}
    yield {"what": f"publishing: {devices} devices judged again", **_worked_off(database)}
    with database.begin() as connection:
        connection.execute(delete(FleetReview))
    yield {"what": "one device after one event", **_one_event(database)}


def _one_event(database: Database) -> dict[str, float]:
    with database.read() as connection:
        query = select(Device.id).where(Device.holder_id.is_not(None)).limit(300)
        numbers = iter(connection.execute(query).scalars().all())

    def event() -> None:
        number = next(numbers)
        with database.begin() as connection:
            hold_devices(connection, [number])
            known = snapshots.device(connection, DeviceId(number))
            store_review(connection, review_of(known, snapshots.assignments(connection), datetime.now(UTC)))

    return _timed(event, 250)


def _timed(work: Callable[[], object], times: int) -> dict[str, float]:
    """Seconds by the clock, and those this process worked; the first run warms up."""
    work()
    taken: list[tuple[float, float]] = []
    for _ in range(times):
        began, worked = time.perf_counter(), time.process_time()
        work()
        taken.append((time.perf_counter() - began, time.process_time() - worked))
        _dot()
    clock, used = (figure([seconds * 1000 for seconds in each]) for each in zip(*taken, strict=True))
    return {"seconds": clock.median / 1000, "p95": clock.p95 / 1000, "cpu": used.median / 1000}


def _dot() -> None:
    sys.stderr.write(".")
    sys.stderr.flush()
