"""How a device stands, in the form that is stored: which policy acts and why, what is found, when to look again."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Final

from portal.db.findings import Review
from portal.domain.device import UPDATABLE, Device
from portal.domain.effective_policy import Assignment, NoPolicy, effective_policy
from portal.domain.peculiarities import peculiarities, plain, registered_bits
from portal.domain.update_reasons import find_update_reasons, next_check_at

#: The directory says that the holder is not there any more: his device is a matter for an operator, not for an update.
HOLDER_INACTIVE: Final = "holder_inactive"


def review_of(device: Device, assignments: Collection[Assignment], now: datetime) -> Review:
    """Judge one device; one that nobody holds, whose holder left, or that is switched off for good is never due."""
    known = Review(
        device.id,
        earliest_not_after=_earliest(device),
        plain=plain(device),
        registered=registered_bits(device.registered),
        peculiarities=peculiarities(device),
    )
    if device.holder is None or device.state not in UPDATABLE:
        return known
    try:
        acting = effective_policy(device.holder, assignments)
    except NoPolicy as problem:
        return replace(known, problem=problem.code)
    known = replace(known, policy=acting.policy.id, assignment=acting.because.id)
    if not device.holder.active:
        return replace(known, problem=HOLDER_INACTIVE)
    findings = find_update_reasons(device, acting.policy, now)
    return replace(known, findings=findings, next_check_at=next_check_at(device, acting.policy, now))


def _earliest(device: Device) -> datetime | None:
    ends = [certificate.not_after for certificate in device.current()]
    ends += [certificate.not_after for certificate in device.tracked]
    return min(ends, default=None)
