"""Authorities, keys and orders for tests; OpenSSL as the second opinion."""

import subprocess
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from portal.connectors.ca.builtin.authority import BuiltinAuthority
from portal.connectors.ca.builtin.names import alternative_names, subject_name
from portal.connectors.ca.builtin.setup import CaPlace, create_authority
from portal.connectors.ca.builtin.store import CaStore
from portal.connectors.clock import SystemClock
from portal.connectors.vault_local import LocalVault
from portal.domain.certificate import KeyAlgorithm
from portal.ports.certificate_authority import CertificateOrder, IssuedCertificate
from portal.ports.clock import Clock
from tests.support.processes import find_program

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
Pairs = tuple[tuple[str, str], ...]

MASTER: Final = bytes(range(32))
CA_NAME: Final = "klyuchnik"
CA_SUBJECT: Final = (("CN", "Удостоверяющий центр Ключник"), ("O", "ООО «Ключ»"), ("C", "RU"))
SUBJECT: Final = (("CN", "Ёлкина Юлия Юрьевна"), ("O", "ООО «Ключ»"), ("OU", "Продажи"), ("C", "RU"))
ALTERNATIVE: Final = (("upn", "elkina@key.example"), ("email", "elkina@key.example"))
BASE_URL: Final = "http://pki.key.example"


def a_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def a_request(key: Key) -> bytes:
    """A PKCS #10 request; made again for an elliptic curve key it has other bytes."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.sign(key, SHA256()).public_bytes(Encoding.DER)


def a_named_order(
    order_id: str, key: Key, *, template: str = "domain-logon", subject: Pairs = SUBJECT
) -> CertificateOrder:
    """An order whose request names the holder itself, as those made on a token do."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject_name(subject))
    names = x509.SubjectAlternativeName(alternative_names(ALTERNATIVE))
    request = builder.add_extension(names, critical=False).sign(key, SHA256()).public_bytes(Encoding.DER)
    return CertificateOrder(order_id, template, request, subject, ALTERNATIVE)


def an_order(
    order_id: str,
    key: Key,
    *,
    template: str = "domain-logon",
    subject: Pairs = SUBJECT,
    alternative: Pairs = ALTERNATIVE,
) -> CertificateOrder:
    return CertificateOrder(order_id, template, a_request(key), subject, alternative)


def a_place(url: str, folder: Path, clock: Clock | None = None) -> CaPlace:
    return CaPlace(CaStore(url), folder, LocalVault(MASTER), clock or SystemClock(), BASE_URL)


def an_authority(
    place: CaPlace, *, name: str = CA_NAME, algorithm: KeyAlgorithm = KeyAlgorithm.EC_P256
) -> BuiltinAuthority:
    return create_authority(place, name, subject=CA_SUBJECT, algorithm=algorithm)


def read(issued: IssuedCertificate) -> x509.Certificate:
    return x509.load_der_x509_certificate(issued.certificate)


def serial_of(issued: IssuedCertificate) -> str:
    return format(read(issued).serial_number, "x")


def openssl(folder: Path, *arguments: str) -> str:
    """What OpenSSL says, troubles included."""
    command = [str(find_program("openssl")), *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=180, check=False)
    return (done.stdout + done.stderr).decode()


def write_pem(folder: Path, name: str, *ders: bytes) -> None:
    """Certificates as one PEM file."""
    pems = [x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM) for der in ders]
    (folder / name).write_bytes(b"".join(pems))
