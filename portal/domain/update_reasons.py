"""Why a device needs an update: one small rule per reason, gathered and put in order.

Not a reason: old decryption keys kept as history, and anything about foreign certificates but their presence.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from portal.domain.certificate import Revocation
from portal.domain.certificate_reasons import about_common, about_spare, about_template
from portal.domain.device import Device
from portal.domain.findings import NEED_BITS, Finding, UpdateReason, in_order, need_bits, reasons_of
from portal.domain.policy import DeviceUsagePolicy
from portal.domain.standing import (
    common_standings,
    commons_outside_policy,
    leftovers_to_clean,
    outside_policy,
    template_standings,
)

__all__ = [
    "NEED_BITS",
    "Finding",
    "UpdateReason",
    "find_update_reasons",
    "in_order",
    "need_bits",
    "next_check_at",
    "reasons_of",
]


def find_update_reasons(device: Device, policy: DeviceUsagePolicy, now: datetime) -> tuple[Finding, ...]:
    """Every way the device departs from its policy; without a due one it is in line."""
    return in_order(finding for rule in DEVICE_RULES for finding in rule(device, policy, now))


def next_check_at(device: Device, policy: DeviceUsagePolicy, now: datetime) -> datetime | None:
    """The next moment when time alone may change the findings; None when it never will."""
    moments: set[datetime] = set()
    for certificate in device.current():
        template = policy.template(certificate.template)
        if template and certificate.revocation in {Revocation.GOOD, Revocation.UNKNOWN}:
            moments |= {certificate.not_after - template.renewal_window, certificate.not_after}
    return min((moment for moment in moments if moment > now), default=None)


def templates(device: Device, policy: DeviceUsagePolicy, now: datetime) -> Iterator[Finding]:
    """What the templates of the policy say, and second certificates of one template."""
    for standing in template_standings(device, policy, now):
        yield from about_template(device, standing, now)
        yield from (about_spare(standing.template.name, spare.fingerprint) for spare in standing.spare)


def templates_removed(device: Device, policy: DeviceUsagePolicy, _now: datetime) -> Iterator[Finding]:
    """Certificates whose template the policy no longer has."""
    for certificate in outside_policy(device, policy):
        yield Finding(UpdateReason.TEMPLATE_REMOVED, certificate.template_name, certificate.fingerprint)


def commons(device: Device, policy: DeviceUsagePolicy, _now: datetime) -> Iterator[Finding]:
    """What the common certificates of the policy say, and those it no longer has."""
    for standing in common_standings(device, policy):
        yield from about_common(device, standing)
        yield from (about_spare(standing.common.name, spare.fingerprint) for spare in standing.spare)
    for common in commons_outside_policy(device, policy):
        yield Finding(UpdateReason.COMMON_REMOVED, common.name, common.fingerprint)


def policy_changed(device: Device, policy: DeviceUsagePolicy, _now: datetime) -> Iterator[Finding]:
    """Another policy acts than the one the device was last brought in line with."""
    if device.applied and device.applied.id != policy.id:
        yield Finding(UpdateReason.POLICY_CHANGED, policy.name)


def connectors_switched(device: Device, policy: DeviceUsagePolicy, _now: datetime) -> Iterator[Finding]:
    """Registers that shall know the device and do not, and the other way round."""
    for register in device.registered ^ policy.registers:
        yield Finding(UpdateReason.CONNECTOR_SWITCHED, register.value, on=register in policy.registers)


def foreign_found(device: Device, policy: DeviceUsagePolicy, _now: datetime) -> Iterator[Finding]:
    """Certificates with keys that came from outside and that nobody has looked at."""
    for certificate in device.foreign() if policy.asks_about_foreign else ():
        if certificate.has_key and certificate.fingerprint not in device.known_foreign:
            yield Finding(
                UpdateReason.FOREIGN_FOUND, certificate.subject, certificate.fingerprint, certificate.not_after
            )


def leftovers(device: Device, _policy: DeviceUsagePolicy, _now: datetime) -> Iterator[Finding]:
    """What earlier updates could not take away again."""
    for leftover in leftovers_to_clean(device):
        yield Finding(UpdateReason.LEFTOVER_FOUND, leftover.key_id, leftover.fingerprint or "")


DEVICE_RULES: Final = (
    templates,
    templates_removed,
    commons,
    policy_changed,
    connectors_switched,
    foreign_found,
    leftovers,
)
