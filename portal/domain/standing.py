"""How a device stands against its policy: for each thing the policy names, what of ours is there."""

from dataclasses import dataclass
from datetime import datetime

from portal.domain.certificate import CommonOnDevice, ManagedCertificate, Revocation
from portal.domain.device import Device, Leftover
from portal.domain.policy import CertificateTemplate, CommonCertificate, DeviceUsagePolicy


@dataclass(frozen=True, slots=True)
class TemplateStanding:
    """One template of the policy, the certificate that answers it, and spare ones from old trouble."""

    template: CertificateTemplate
    certificate: ManagedCertificate | None
    spare: tuple[ManagedCertificate, ...] = ()


@dataclass(frozen=True, slots=True)
class CommonStanding:
    """One common certificate of the policy, the one that answers it, and spare ones from old trouble."""

    common: CommonCertificate
    on_device: CommonOnDevice | None
    spare: tuple[CommonOnDevice, ...] = ()


def template_standings(device: Device, policy: DeviceUsagePolicy, now: datetime) -> tuple[TemplateStanding, ...]:
    """Every template in the order of the policy; of certificates of one template the best answers it."""
    templates = {template.key: template for template in reversed(policy.templates)}
    return tuple(_standing(device, templates[key], now) for key in dict.fromkeys(t.key for t in policy.templates))


def _standing(device: Device, template: CertificateTemplate, now: datetime) -> TemplateStanding:
    mine = [c for c in device.current() if c.template == template.key]
    best_first = sorted(mine, key=lambda c: _worth(device, c, now), reverse=True)
    return TemplateStanding(template, best_first[0] if best_first else None, tuple(best_first[1:]))


def _worth(device: Device, certificate: ManagedCertificate, now: datetime) -> tuple[bool, bool, bool, datetime, str]:
    """What is there beats what is lost; usable beats on hold beats expired and revoked; then the later end."""
    there = not device.lost(certificate.fingerprint, certificate.key_id)
    on_hold = certificate.revocation is Revocation.ON_HOLD
    return (there, certificate.usable(now), on_hold, certificate.not_after, certificate.fingerprint)


def outside_policy(device: Device, policy: DeviceUsagePolicy) -> tuple[ManagedCertificate, ...]:
    """Certificates whose template is gone from the policy, by name."""
    gone = (c for c in device.current() if policy.template(c.template) is None)
    return tuple(sorted(gone, key=lambda c: (c.template_name, c.fingerprint)))


def common_standings(device: Device, policy: DeviceUsagePolicy) -> tuple[CommonStanding, ...]:
    """Every common certificate in the order of the policy."""
    commons = {common.name: common for common in reversed(policy.commons)}
    return tuple(_common_standing(device, commons[name]) for name in dict.fromkeys(c.name for c in policy.commons))


def _common_standing(device: Device, common: CommonCertificate) -> CommonStanding:
    best_first = sorted(
        (c for c in device.commons if c.name == common.name),
        key=lambda c: (
            not device.lost(c.fingerprint, c.key_id),
            c.fingerprint == common.fingerprint,
            c.version,
            c.key_id,
        ),
        reverse=True,
    )
    return CommonStanding(common, best_first[0] if best_first else None, tuple(best_first[1:]))


def commons_outside_policy(device: Device, policy: DeviceUsagePolicy) -> tuple[CommonOnDevice, ...]:
    """Common certificates on the device that the policy no longer has, by name."""
    gone = (c for c in device.commons if policy.common(c.name) is None)
    return tuple(sorted(gone, key=lambda c: (c.name, c.fingerprint, c.key_id)))


def leftovers_to_clean(device: Device) -> tuple[Leftover, ...]:
    """Leftovers with something to take away: a certificate, or a key that no certificate in use shares."""
    ours = device.known_fingerprints()
    stray = [item for item in device.leftovers if item.fingerprint not in ours]
    strays = {item.fingerprint for item in stray}
    keys = {c.key_id for c in device.managed} | {c.key_id for c in device.commons}
    if device.contents:
        keys |= {c.key_id for c in device.contents.certificates if c.fingerprint not in strays}
    dirty = {item for item in stray if item.fingerprint or item.key_id not in keys}
    return tuple(sorted(dirty, key=lambda item: (item.key_id, item.fingerprint or "")))
