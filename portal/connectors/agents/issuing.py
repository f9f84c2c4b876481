"""What the agent authority writes into certificates, and how it reads them."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID, ObjectIdentifier

from portal.connectors.key_usage import CERTIFIES
from portal.connectors.unreadable import UNREADABLE
from portal.ports.clock import Clock

AUTHORITY_LIFE: Final = timedelta(days=20 * 365)
#: Clocks of workstations are not all right.
BACKDATED: Final = timedelta(minutes=10)
LONGEST_CERTIFICATE: Final = 16 * 1024

_SIGNS: Final = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True, slots=True)
class Issuer:
    """An authority's certificate and key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    clock: Clock

    def certify(
        self,
        key: ec.EllipticCurvePublicKey,
        name: str,
        life: timedelta,
        *,
        usage: ObjectIdentifier,
        hosts: Sequence[str] = (),
    ) -> x509.Certificate:
        """A certificate for this key under this name, for one use."""
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = self.clock.now()
        builder = _begun(subject, self.certificate.subject, key, (now, min(now + life, self._ends)))
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_SIGNS, critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = builder.add_extension(authority, critical=False)
        if hosts:
            builder = builder.add_extension(x509.SubjectAlternativeName([_host(one) for one in hosts]), critical=False)
        return builder.sign(self.key, SHA256())

    @property
    def _ends(self) -> datetime:
        return self.certificate.not_valid_after_utc


def self_signed(key: ec.EllipticCurvePrivateKey, name: str, now: datetime) -> x509.Certificate:
    """The certificate an authority begins with."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = _begun(subject, subject, key.public_key(), (now, now + AUTHORITY_LIFE))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(CERTIFIES, critical=True)
    return builder.sign(key, SHA256())


def load_certificate(text: str) -> x509.Certificate:
    """The one certificate of a PEM text; raises ValueError."""
    if len(text) > LONGEST_CERTIFICATE:
        raise ValueError("too long for a certificate")
    try:
        (found,) = x509.load_pem_x509_certificates(text.encode())
    except UNREADABLE as error:
        raise ValueError("not a certificate") from error
    return found


def key_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The key as it is sealed."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, time: tuple[datetime, datetime]
) -> x509.CertificateBuilder:
    begins, ends = time
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(begins - BACKDATED).not_valid_after(ends)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _host(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
