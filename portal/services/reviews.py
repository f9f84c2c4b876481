"""How a device stands, in the form that is stored: which policy acts and why, what is found, when to look again."""

from collections.abc import Collection
from datetime import datetime

from portal.db.findings import Review
from portal.domain.device import UPDATABLE, Device
from portal.domain.effective_policy import Assignment, NoPolicy, effective_policy
from portal.domain.update_reasons import find_update_reasons, next_check_at


def review_of(device: Device, assignments: Collection[Assignment], now: datetime) -> Review:
    """Judge one device; a device that nobody holds, or that is switched off for good, is never due."""
    if device.holder is None or device.state not in UPDATABLE:
        return Review(device.id, earliest_not_after=_earliest(device))
    try:
        acting = effective_policy(device.holder, assignments)
    except NoPolicy as problem:
        return Review(device.id, problem=problem.code, earliest_not_after=_earliest(device))
    return Review(
        device.id,
        findings=find_update_reasons(device, acting.policy, now),
        policy=acting.policy.id,
        assignment=acting.because.id,
        next_check_at=next_check_at(device, acting.policy, now),
        earliest_not_after=_earliest(device),
    )


def _earliest(device: Device) -> datetime | None:
    ends = [certificate.not_after for certificate in device.current()]
    ends += [certificate.not_after for certificate in device.tracked]
    return min(ends, default=None)
