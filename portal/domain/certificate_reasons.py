"""Why one certificate needs an update: one small rule per reason about a template and what answers it.

Not a reason: a certificate on hold. Somebody suspended it, and a new one would undo that.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from portal.domain.certificate import ManagedCertificate, Revocation
from portal.domain.device import Device
from portal.domain.findings import Finding, UpdateReason, in_order
from portal.domain.standing import CommonStanding, TemplateStanding


def about_template(device: Device, standing: TemplateStanding, now: datetime) -> tuple[Finding, ...]:
    """Findings about a template of the policy and the certificate that answers it."""
    return in_order(finding for rule in TEMPLATE_RULES for finding in rule(device, standing, now))


def content_missing(device: Device, standing: TemplateStanding, _now: datetime) -> Iterator[Finding]:
    """Our records know the certificate, but it or its key is not on the token."""
    certificate = standing.certificate
    if certificate and device.lost(certificate.fingerprint, certificate.key_id):
        yield _finding(UpdateReason.CONTENT_MISSING, standing, certificate)


def certificate_revoked(device: Device, standing: TemplateStanding, _now: datetime) -> Iterator[Finding]:
    """The certification authority revoked it."""
    certificate = _on_token(device, standing)
    if certificate and certificate.revocation is Revocation.REVOKED:
        yield _finding(UpdateReason.CERTIFICATE_REVOKED, standing, certificate)


def certificate_expired(device: Device, standing: TemplateStanding, now: datetime) -> Iterator[Finding]:
    """Its validity has ended."""
    certificate = _good(device, standing)
    if certificate and certificate.expired(now):
        yield _finding(UpdateReason.CERTIFICATE_EXPIRED, standing, certificate)


def certificate_expiring(device: Device, standing: TemplateStanding, now: datetime) -> Iterator[Finding]:
    """It is inside its renewal window and still valid."""
    certificate = _good(device, standing)
    if certificate is None or certificate.expired(now):
        return
    if certificate.expires_within(standing.template.renewal_window, now):
        yield _finding(UpdateReason.CERTIFICATE_EXPIRING, standing, certificate)


def attribute_changed(device: Device, standing: TemplateStanding, _now: datetime) -> Iterator[Finding]:
    """A tracked attribute of the holder is not what it was at the time of issue.

    An attribute that was not recorded then cannot be said to have changed.
    """
    certificate = _on_token(device, standing)
    if certificate is None or device.holder is None or certificate.revocation is Revocation.ON_HOLD:
        return
    recorded = dict(certificate.attributes)
    for name in standing.template.tracked_attributes:
        if name in recorded and recorded[name] != device.holder.attribute(name):
            yield Finding(UpdateReason.ATTRIBUTE_CHANGED, name, certificate.fingerprint)


def template_added(_device: Device, standing: TemplateStanding, _now: datetime) -> Iterator[Finding]:
    """The policy requires the template and nothing of ours answers it."""
    if standing.certificate is None and not standing.template.optional:
        yield Finding(UpdateReason.TEMPLATE_ADDED, standing.template.name)


def optional_template(_device: Device, standing: TemplateStanding, _now: datetime) -> Iterator[Finding]:
    """The policy offers the template and it is not on the device; never makes it due."""
    if standing.certificate is None and standing.template.optional:
        yield Finding(UpdateReason.OPTIONAL_AVAILABLE, standing.template.name)


TEMPLATE_RULES: Final = (
    content_missing,
    certificate_revoked,
    certificate_expired,
    certificate_expiring,
    attribute_changed,
    template_added,
    optional_template,
)


def about_spare(name: str, fingerprint: str) -> Finding:
    """The finding about a second certificate of one template, or a second version of one common certificate."""
    return Finding(UpdateReason.LEFTOVER_FOUND, name, fingerprint)


def _finding(reason: UpdateReason, standing: TemplateStanding, certificate: ManagedCertificate) -> Finding:
    return Finding(reason, standing.template.name, certificate.fingerprint, certificate.not_after)


def _on_token(device: Device, standing: TemplateStanding) -> ManagedCertificate | None:
    certificate = standing.certificate
    if certificate is None or device.lost(certificate.fingerprint, certificate.key_id):
        return None
    return certificate


def _good(device: Device, standing: TemplateStanding) -> ManagedCertificate | None:
    certificate = _on_token(device, standing)
    good = certificate is not None and certificate.revocation in {Revocation.GOOD, Revocation.UNKNOWN}
    return certificate if good else None


def about_common(device: Device, standing: CommonStanding) -> tuple[Finding, ...]:
    """Findings about a common certificate of the policy.

    The certificate itself decides what is another version: the same certificate under a new number changes nothing.
    """
    common, there = standing.common, standing.on_device
    if there is None:
        reason = UpdateReason.OPTIONAL_AVAILABLE if common.optional else UpdateReason.COMMON_ADDED
        return (Finding(reason, common.name),)
    if there.fingerprint != common.fingerprint:
        return (Finding(UpdateReason.COMMON_REPLACED, common.name, there.fingerprint),)
    if device.lost(there.fingerprint, there.key_id):
        return (Finding(UpdateReason.CONTENT_MISSING, common.name, there.fingerprint),)
    return ()
