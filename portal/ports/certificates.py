"""Reading certificates without knowing any library."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


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
