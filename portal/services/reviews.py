"""How a device stands, in the form that is stored: which policy acts and why, what is found, when to look again."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from portal.db import snapshots
from portal.db.findings import HOLDER_INACTIVE, Review, store_review
from portal.domain.device import UPDATABLE, Device
from portal.domain.effective_policy import Assignment, NoPolicy, effective_policy
from portal.domain.ids import DeviceId
from portal.domain.kits import kit_of, windows_digest
from portal.domain.peculiarities import peculiarities
from portal.domain.update_reasons import find_update_reasons, next_check_at

__all__ = ["HOLDER_INACTIVE", "judge", "review_of"]


def judge(connection: Connection, device: DeviceId, now: datetime) -> None:
    """Store how a device stands that this transaction holds: whoever changed it reads the page that follows."""
    store_review(connection, review_of(snapshots.device(connection, device), snapshots.assignments(connection), now))


def review_of(device: Device, assignments: Collection[Assignment], now: datetime) -> Review:
    """Judge one device; one that nobody holds, whose holder left, or that is switched off for good is never due."""
    known = Review(
        device.id,
        earliest_not_after=_earliest(device),
        kit=kit_of(device),
        peculiarities=peculiarities(device),
    )
    if device.holder is None or device.state not in UPDATABLE:
        return known
    known = replace(known, held=True, absent=not device.holder.active)
    try:
        acting = effective_policy(device.holder, assignments)
    except NoPolicy as problem:
        return replace(known, problem=problem.code)
    known = replace(known, policy=acting.policy.id, assignment=acting.because.id)
    if not device.holder.active:
        return replace(known, problem=HOLDER_INACTIVE)
    findings = find_update_reasons(device, acting.policy, now)
    windows = windows_digest(acting.policy)
    moment = next_check_at(device, acting.policy, now)
    return replace(known, findings=findings, next_check_at=moment, windows=windows)


def _earliest(device: Device) -> datetime | None:
    ends = [certificate.not_after for certificate in device.current()]
    ends += [certificate.not_after for certificate in device.tracked if not device.missing(certificate.fingerprint)]
    return min(ends, default=None)
