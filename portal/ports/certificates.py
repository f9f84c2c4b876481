"""Reading certificates without knowing any library."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from portal.ports.vault import KeyMaterial


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What the product needs to know of a certificate; ``serial`` and ``fingerprint`` (SHA-256 of DER) in lower hex.

    ``public_key_hash`` is the SHA-256 of the SubjectPublicKeyInfo in lower hex; subject and issuer as RFC 4514 strings;
    ``common_name`` is who the subject says it is, empty when it does not say.
    """

    fingerprint: str
    serial: str
    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime
    public_key_hash: str
    common_name: str = ""


class CertificateReader(Protocol):
    """Reads DER; raises ValueError on what is not a certificate or a request."""

    def certificate(self, der: bytes) -> CertificateFacts:
        """The facts of a certificate."""
        ...

    def request_key_hash(self, der: bytes) -> str:
        """The SHA-256 of the public key inside a PKCS#10 request."""
        ...


class PfxRefused(ValueError):  # noqa: N818 - it says what happened
    """A PFX file that cannot be used; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class OpenedPfx:
    """What was in a PFX file: certificate and key, the kind of the key in words, subjects of further certificates."""

    material: KeyMaterial
    key_kind: str
    chain: tuple[str, ...] = ()


class PfxOpener(Protocol):
    """Opens PFX files (PKCS #12)."""

    def open(self, data: bytes, password: str) -> OpenedPfx:
        """The key and the certificate that belongs to it; raises PfxRefused."""
        ...
