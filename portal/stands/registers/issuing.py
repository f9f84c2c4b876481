"""Certificates for trying out: a root, and what it vouches for."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_LIFE: Final = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who vouches."""

    name: x509.Name
    key: ec.EllipticCurvePrivateKey
    pem: bytes = b""


def root(name: str) -> Issuer:
    """One that vouches for itself."""
    issuer = Issuer(_name(name), ec.generate_private_key(ec.SECP256R1()))
    certificate = _issued(issuer, issuer.name, issuer.key, x509.BasicConstraints(ca=True, path_length=0))
    return Issuer(issuer.name, issuer.key, certificate)


def identity(issuer: Issuer, name: str, *, serves: bool) -> bytes:
    """A key with its certificate in PEM, of a server on this machine or of a client."""
    key = ec.generate_private_key(ec.SECP256R1())
    local: list[x509.GeneralName] = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    plain = x509.BasicConstraints(ca=False, path_length=None)
    extension = x509.SubjectAlternativeName(local) if serves else plain
    told = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return told + _issued(issuer, _name(name), key, extension)


def _issued(issuer: Issuer, name: x509.Name, key: ec.EllipticCurvePrivateKey, extension: x509.ExtensionType) -> bytes:
    now = datetime.now(UTC)
    vouches = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
    made = (
        x509.CertificateBuilder(issuer.name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + _LIFE)
        .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(vouches, critical=False)
    )
    return made.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
