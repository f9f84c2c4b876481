"""Certificates with keys that were made outside the product."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from portal.ports.vault import KeyMaterial
from tests.acceptance.test_main_job import fetch_authority
from tests.acceptance.third_party import OpenSc, openssl
from tests.support.pki import a_key

YEAR: Final = timedelta(days=365)


def made_outside(name: str) -> KeyMaterial:
    """A self-signed certificate and its key."""
    key, now = a_key(), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - YEAR)
    certificate = builder.not_valid_after(now + YEAR).sign(key, hashes.SHA256())
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return KeyMaterial(certificate.public_bytes(Encoding.DER), private)


def put_there(token: OpenSc, folder: Path, *, label: str, key_id: str) -> bytes:
    """Somebody writes a certificate with its pair of keys past the portal; answers the certificate."""
    material = made_outside(label)
    public = x509.load_der_x509_certificate(material.certificate).public_key()
    parts = {
        "privkey": material.private_key,
        "pubkey": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "cert": material.certificate,
    }
    for kind, data in parts.items():
        (folder / kind).write_bytes(data)
        token.write(folder / kind, kind, key_id, label)
    return material.certificate


def still_good(old: x509.Certificate, fresh: x509.Certificate, folder: Path) -> None:
    """For OpenSSL the old certificate is as good as ever, by the list the fresh one names."""
    fetch_authority(fresh, folder)
    (folder / "leaf.pem").write_bytes(old.public_bytes(Encoding.PEM))
    command = ("verify", "-CAfile", "ca.pem", "-CRLfile", "crl.pem", "-crl_check", "leaf.pem")
    assert "leaf.pem: OK" in openssl(folder, *command)
