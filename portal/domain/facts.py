"""What became true when a step was done or undone; written in the same transaction as its outcome."""

from dataclasses import dataclass
from datetime import datetime

from portal.domain.certificate import TemplateKey
from portal.domain.contents import TokenContents
from portal.domain.policy import Register
from portal.domain.troubles import Why


@dataclass(frozen=True, slots=True)
class KeyGenerated:
    """A key pair of ours is on the token."""

    key_id: str
    label: str


@dataclass(frozen=True, slots=True)
class KeyRemoved:
    """The key pair is no longer on the token."""

    key_id: str


@dataclass(frozen=True, slots=True)
class CertificateIssued:
    """The CA issued a certificate for us; it is not on the token yet."""

    fingerprint: str
    key_id: str
    template: TemplateKey
    template_name: str
    serial: str
    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime
    attributes: tuple[tuple[str, str], ...]
    escrow: bool
    revoke_on_removal: bool
    der: bytes


@dataclass(frozen=True, slots=True)
class CertificateWritten:
    """The managed certificate is on the token."""

    fingerprint: str


@dataclass(frozen=True, slots=True)
class CertificateRemoved:
    """The certificate (managed or common) is no longer on the token."""

    fingerprint: str


@dataclass(frozen=True, slots=True)
class CertificateRetained:
    """The certificate and its key stay on the token as history."""

    fingerprint: str


@dataclass(frozen=True, slots=True)
class CertificateRevoked:
    """The CA revoked the certificate."""

    ca: str
    serial: str


@dataclass(frozen=True, slots=True)
class CommonWritten:
    """A common certificate with its key is on the token."""

    name: str
    version: int
    fingerprint: str
    key_id: str


@dataclass(frozen=True, slots=True)
class DeviceRegistered:
    """A register outside knows the device."""

    register: Register


@dataclass(frozen=True, slots=True)
class DeviceWithdrawn:
    """A register outside no longer knows the device."""

    register: Register


@dataclass(frozen=True, slots=True)
class RegisterOwed:
    """A register did not take what it was told: it is told again apart from the update, which goes on.

    ``on`` to make the device known, else to make it unknown. ``refused``: telling it again would not help by itself.
    """

    register: Register
    on: bool
    why: Why
    refused: bool = False


@dataclass(frozen=True, slots=True)
class ContentsSeen:
    """The token was read after sign-in."""

    contents: TokenContents


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """Something of ours may still be on the token: its undo was given up, and the next update cleans it."""

    key_id: str
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class TokenInitialized:
    """Nothing is on the token any more, and the administrator PIN that was to be set is in force."""


Fact = (
    KeyGenerated
    | KeyRemoved
    | CertificateIssued
    | CertificateWritten
    | CertificateRemoved
    | CertificateRetained
    | CertificateRevoked
    | CommonWritten
    | DeviceRegistered
    | DeviceWithdrawn
    | RegisterOwed
    | ContentsSeen
    | LeftBehind
    | TokenInitialized
)
