"""Certificates for tests: issued for any public key by an authority made on the spot."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
START: Final = datetime(2026, 1, 1, tzinfo=UTC)


@cache
def ready_key(kind: str, number: int = 0) -> PrivateKey:
    """A private key made once for the whole process: making RSA keys is what tests would spend their time on."""
    if kind.startswith("rsa"):
        return rsa.generate_private_key(public_exponent=65537, key_size=int(kind.removeprefix("rsa")))
    return ec.generate_private_key({"p256": ec.SECP256R1(), "p384": ec.SECP384R1()}[kind])


def certificate_for(spki: bytes, name: str = "Иванов Иван", *, days: int = 365) -> bytes:
    """A certificate (DER) for this SubjectPublicKeyInfo."""
    public = serialization.load_der_public_key(spki)
    assert isinstance(public, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Проверочный УЦ")]))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(START)
        .not_valid_after(START + timedelta(days=days))
    )
    signed = builder.sign(ready_key("p256", number=99), hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.DER)


def spki_of(key: PrivateKey) -> bytes:
    """The public half as SubjectPublicKeyInfo."""
    return key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def pkcs8_of(key: PrivateKey) -> bytes:
    """The private key as PKCS#8 DER, unsealed."""
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
