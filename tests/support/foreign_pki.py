"""Authorities by nobody we know: a root, what it issues, and servers it vouches for."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.support.pki import a_key


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def key_pem(self) -> str:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def foreign_root(name: str, above: Pair | None = None) -> Pair:
    """An authority of its own, or under another one."""
    key = a_key()
    ours = _name(name)
    builder = _builder(above.certificate.subject if above else ours, ours, key.public_key())
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    builder = builder.add_extension(usage, critical=True)
    return Pair(builder.sign(above.key if above else key, SHA256()), key)


def server_certificate(root: Pair) -> Pair:
    """For a server on this machine."""
    key = a_key()
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName("localhost")])
    builder = _builder(root.certificate.subject, _name("localhost"), key.public_key())
    return Pair(builder.add_extension(names, critical=False).sign(root.key, SHA256()), key)


def certified(root: Pair, key: ec.EllipticCurvePrivateKey, name: str = "somebody") -> bytes:
    """A certificate in DER for this key."""
    builder = _builder(root.certificate.subject, _name(name), key.public_key())
    return builder.sign(root.key, SHA256()).public_bytes(Encoding.DER)


def client_pair(root: Pair, name: str = "client") -> Pair:
    """A certificate with its key, for somebody who signs in with it."""
    key = a_key()
    builder = _builder(root.certificate.subject, _name(name), key.public_key())
    return Pair(builder.sign(root.key, SHA256()), key)


def _builder(issuer: x509.Name, subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number())
    return builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=300))


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
