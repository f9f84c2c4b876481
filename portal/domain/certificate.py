"""Certificates on a device: managed, common, tracked, foreign; and the questions asked of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique


@unique
class Purpose(StrEnum):
    """What a certificate's key is for."""

    SIGN = "sign"
    AUTHENTICATE = "authenticate"
    ENCRYPT = "encrypt"


@unique
class KeyAlgorithm(StrEnum):
    """Key types we generate on a token."""

    RSA_2048 = "rsa2048"
    RSA_3072 = "rsa3072"
    RSA_4096 = "rsa4096"
    EC_P256 = "p256"
    EC_P384 = "p384"


@unique
class CertificateKind(StrEnum):
    """How a certificate came to be on a device."""

    MANAGED = "managed"
    COMMON = "common"
    TRACKED = "tracked"
    FOREIGN = "foreign"


@unique
class Revocation(StrEnum):
    """What the certification authority says of a certificate."""

    GOOD = "good"
    REVOKED = "revoked"
    ON_HOLD = "on_hold"
    UNKNOWN = "unknown"


@unique
class CertificateStatus(StrEnum):
    """What people see of a certificate."""

    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    REVOKED = "revoked"
    ON_HOLD = "on_hold"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class TemplateKey:
    """What makes two templates the same across policies: CA, its template, and the purpose."""

    ca: str
    ca_template: str
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class ManagedCertificate:
    """A certificate issued from a template, with its key pair on the device.

    ``fingerprint`` is the SHA-256 of the DER in lower hex, ``key_id`` the CKA_ID in lower hex,
    ``serial`` the X.509 serial number in lower hex. ``attributes`` are the values of the template's
    tracked attributes at the time of issue. ``history`` marks an old decryption key kept on purpose.
    """

    fingerprint: str
    key_id: str
    template: TemplateKey
    template_name: str
    serial: str
    not_before: datetime
    not_after: datetime
    revocation: Revocation = Revocation.GOOD
    attributes: tuple[tuple[str, str], ...] = ()
    escrow: bool = False
    revoke_on_removal: bool = False
    history: bool = False

    def expired(self, now: datetime) -> bool:
        """Whether its validity has ended."""
        return self.not_after <= now

    def expires_within(self, window: timedelta, now: datetime) -> bool:
        """Whether it is inside its renewal window, expired or not."""
        return self.not_after - window <= now

    def usable(self, now: datetime) -> bool:
        """Whether its holder can still use it."""
        return not self.expired(now) and self.revocation in {Revocation.GOOD, Revocation.UNKNOWN}


@dataclass(frozen=True, slots=True)
class CommonOnDevice:
    """A common certificate (PFX of the policy) written to the device."""

    name: str
    version: int
    fingerprint: str
    key_id: str


@dataclass(frozen=True, slots=True)
class TrackedCertificate:
    """A foreign certificate whose expiry is watched only."""

    fingerprint: str
    subject: str
    not_after: datetime


def status_of(not_after: datetime, revocation: Revocation, window: timedelta, now: datetime) -> CertificateStatus:
    """The status people see: what the CA says first, then time."""
    if revocation is Revocation.REVOKED:
        return CertificateStatus.REVOKED
    if revocation is Revocation.ON_HOLD:
        return CertificateStatus.ON_HOLD
    if not_after <= now:
        return CertificateStatus.EXPIRED
    if not_after - window <= now:
        return CertificateStatus.EXPIRING
    return CertificateStatus.UNKNOWN if revocation is Revocation.UNKNOWN else CertificateStatus.VALID
