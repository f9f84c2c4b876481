"""Who this workstation is to the portal: its key and its request; and how it knows the portal it was told of."""

import re
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.domain.agent_codes import fingerprint_of, read_fingerprint

_WHOLE: Final = re.compile(r"[0-9a-f]{64}")


def promised(text: str) -> str:
    """The fingerprint a person typed: whole in hexadecimal, or the short one of a code; raises ValueError."""
    digits = re.sub(r"[\s:-]", "", text).lower()
    return digits if _WHOLE.fullmatch(digits) else read_fingerprint(text)


def keeps(authority: str, promise: str) -> bool:
    """Whether the authority (PEM) is the one that was promised; raises ValueError when it is none."""
    der = x509.load_pem_x509_certificate(authority.encode()).public_bytes(serialization.Encoding.DER)
    return promise in {fingerprint_of(der), sha256(der).hexdigest()}


def make_key() -> bytes:
    """A new private key, as PEM (PKCS #8)."""
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def make_request(key: bytes, name: str) -> str:
    """A certificate request (PEM) of this key; the portal chooses the name that counts."""
    private = serialization.load_pem_private_key(key, None)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise TypeError("an EC key is expected")
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64] or "workstation")])
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(private, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


def fits(key: bytes, certificate: str) -> bool:
    """Whether the certificate (PEM) is for this key (PEM)."""
    private = serialization.load_pem_private_key(key, None)
    return private.public_key() == x509.load_pem_x509_certificate(certificate.encode()).public_key()


def ends_at(pem: bytes) -> datetime:
    """When the certificate in this PEM ends; raises ValueError."""
    return x509.load_pem_x509_certificate(pem).not_valid_after_utc.astimezone(UTC)
