"""The stand behind https: only those are answered who believe its certificate."""

import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from portal.connectors.smev.adapter import AdapterExchange
from portal.connectors.smev.adapter_messages import Addressed
from portal.connectors.smev.http import Endpoint
from portal.domain.outcomes import Done, Refused
from portal.ports.exchange import Rule, rule_of
from tests.support.smev_stand import SYSTEM, RunningStand, running_stand
from tests.support.smev_talk import question


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStand]:
    folder = tmp_path_factory.mktemp("tls")
    made(folder)
    with running_stand(folder, "--tls", str(folder / "both.pem")) as stand:
        yield stand


def made(folder: Path) -> None:
    """A key with a certificate that vouches for itself, and the certificate alone."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    certificate = builder.add_extension(here, critical=False).sign(key, hashes.SHA256())
    public = certificate.public_bytes(Encoding.PEM)
    (folder / "authority.pem").write_bytes(public)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "both.pem").write_bytes(private + public)


def exchange(stand: RunningStand, authority: str) -> AdapterExchange:
    return AdapterExchange(Endpoint(stand.adapter, authority=authority), Addressed(SYSTEM))


def test_a_named_authority_is_believed(secure: RunningStand) -> None:
    assert secure.url.startswith("https://")
    known = exchange(secure, str(secure.folder / "authority.pem"))
    assert known.health().ready
    assert isinstance(known.send(question()), Done)


@pytest.mark.parametrize("authority", ["", "none.pem", "stand.log"])
def test_another_is_not_and_nothing_is_sent(secure: RunningStand, authority: str) -> None:
    unknown = exchange(secure, str(secure.folder / authority) if authority else "")
    assert unknown.health().trouble
    outcome = unknown.send(question())
    assert isinstance(outcome, Refused)
    assert rule_of(outcome) is Rule.RESEND_SAME
