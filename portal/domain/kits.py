"""What of ours lies on a device, as a value many devices share: rules that judge a fleet judge each kit once.

A kit holds everything the rules of ``update_reasons`` look at but what differs from device to device: moments,
revocations, and what is peculiar (``peculiarities``).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from portal.domain.certificate import CommonOnDevice, ManagedCertificate, TemplateKey
from portal.domain.device import AppliedPolicy, Device, DeviceState
from portal.domain.findings import Finding
from portal.domain.ids import DeviceId, PolicyId
from portal.domain.peculiarities import plain
from portal.domain.policy import DeviceUsagePolicy, Register
from portal.domain.update_reasons import find_update_reasons

#: A moment no certificate of a stand-in has come near.
_ALWAYS: Final = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Kit:
    """The policy last applied, the registers that know the device, and what lies on it, each once and in order.

    ``commons`` are pairs of a name and a fingerprint.
    """

    applied: PolicyId | None
    registered: tuple[Register, ...]
    templates: tuple[TemplateKey, ...]
    commons: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class KitFinding:
    """A finding every device with the kit has; ``about`` is the template whose certificate it is about."""

    finding: Finding
    about: TemplateKey | None = None


def kit_of(device: Device) -> Kit | None:
    """The kit of a device; None for one that has anything twice: only its whole picture tells which one counts."""
    if not plain(device):
        return None
    return Kit(
        device.applied.id if device.applied else None,
        tuple(sorted(device.registered)),
        tuple(sorted((one.template for one in device.current()), key=_in_order)),
        tuple(sorted((one.name, one.fingerprint) for one in device.commons)),
    )


def judge_kit(kit: Kit, policy: DeviceUsagePolicy, now: datetime) -> tuple[KitFinding, ...]:
    """What the rules say of every device with this kit, whatever the moments of its certificates."""
    about = {str(place): key for place, key in enumerate(kit.templates)}
    found = find_update_reasons(_stand_in(kit), policy, now)
    return tuple(KitFinding(one, about.get(one.fingerprint)) for one in found)


def windows_digest(policy: DeviceUsagePolicy) -> int:
    """A number that is another one when any renewal window is: with it the next moment of a device is another."""
    windows = sorted((*_in_order(one.key), one.renewal_window.total_seconds()) for one in policy.templates)
    return digest(repr(windows))


def digest(text: str) -> int:
    """A positive number of 62 bits that stands for a text; never 0."""
    return int.from_bytes(sha256(text.encode()).digest()[:8]) >> 2 | 1 << 61


def _stand_in(kit: Kit) -> Device:
    """A device with this kit; the fingerprint of a certificate is its place among the templates of the kit."""
    return Device(
        id=DeviceId(0),
        serial="",
        state=DeviceState.ISSUED,
        holder=None,
        applied=None if kit.applied is None else AppliedPolicy(kit.applied, 0),
        managed=tuple(
            ManagedCertificate(str(place), "", key, "", "", _ALWAYS, _ALWAYS) for place, key in enumerate(kit.templates)
        ),
        commons=tuple(CommonOnDevice(name, 0, fingerprint, "") for name, fingerprint in kit.commons),
        registered=frozenset(kit.registered),
    )


def _in_order(key: TemplateKey) -> tuple[str, str, str]:
    return (key.ca, key.ca_template, key.purpose)
