"""The certificates of the line: of the stand itself, and of the one client it lets in by certificate."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

_DAYS: Final = 3650


@dataclass(frozen=True, slots=True)
class LineKeys:
    """``trust`` vouches for the stand and for its client; ``server`` and ``client`` hold a key and a certificate."""

    trust: Path
    server: Path
    client: Path


def line_keys(folder: Path) -> LineKeys:
    """Those of this folder; made when there are none."""
    keys = LineKeys(folder / "trust.pem", folder / "server.pem", folder / "client.pem")
    if not keys.client.exists():
        _make(keys)
    return keys


def _make(keys: LineKeys) -> None:
    from cryptography import x509  # noqa: PLC0415  a stand that has its keys need not load it
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    root_key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Klyuchnik stand of registers")])

    def issued(name: x509.Name, key: ec.EllipticCurvePrivateKey, *extensions: x509.ExtensionType) -> x509.Certificate:
        made = x509.CertificateBuilder(root_name, name, key.public_key(), x509.random_serial_number())
        made = made.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=_DAYS))
        for one in extensions:
            made = made.add_extension(one, critical=isinstance(one, x509.BasicConstraints))
        vouches = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
        known = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        return (
            made.add_extension(known, critical=False)
            .add_extension(vouches, critical=False)
            .sign(root_key, hashes.SHA256())
        )

    def written(path: Path, name: str, *extensions: x509.ExtensionType) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        told = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        _write(path, told + issued(subject, key, *extensions).public_bytes(serialization.Encoding.PEM))

    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    root = issued(root_name, root_key, x509.BasicConstraints(ca=True, path_length=0))
    _write(keys.trust, root.public_bytes(serialization.Encoding.PEM))
    written(keys.server, "localhost", names)
    written(keys.client, "klyuchnik", x509.BasicConstraints(ca=False, path_length=None))


def _write(path: Path, octets: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(octets)
