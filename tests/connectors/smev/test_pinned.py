"""Certificates named on the page are believed to the octet while they hold; about all else the other one is asked."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from portal.connectors.smev.signers.pinned import PinnedTrust
from portal.ports.signer import Strength, Trust
from tests.support.pki import a_key

NOW = datetime(2026, 3, 16, 12, tzinfo=UTC)


@dataclass
class Other:
    """One that knows nobody and writes down what it is asked."""

    asked: list[str] = field(default_factory=list)

    def digest(self, data: bytes, strength: Strength) -> bytes:
        self.asked.append("digest")
        return data + strength.value.encode()

    def verify(self, data: bytes, *, signature: bytes, certificate: bytes, strength: Strength) -> bool:
        self.asked.append("verify")
        return signature == data and bool(certificate) and strength is Strength.GOST_256

    def trust(self, certificate: bytes, at: datetime) -> Trust:
        self.asked.append("trust")
        return Trust.UNKNOWN


@pytest.fixture(scope="module")
def certificate() -> bytes:
    key, whose = a_key(), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "СМЭВ")])
    made = x509.CertificateBuilder().subject_name(whose).issuer_name(whose).public_key(key.public_key())
    made = made.serial_number(7).not_valid_before(NOW).not_valid_after(NOW + timedelta(days=30))
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize(
    ("days", "said"), [(0, Trust.TRUSTED), (30, Trust.TRUSTED), (31, Trust.EXPIRED), (-1, Trust.EXPIRED)]
)
def test_a_named_one_is_believed_while_it_holds(certificate: bytes, days: int, said: Trust) -> None:
    other = Other()
    assert PinnedTrust(other, frozenset({certificate})).trust(certificate, NOW + timedelta(days=days)) is said
    assert other.asked == []


def test_about_a_changed_octet_the_other_is_asked(certificate: bytes) -> None:
    other = Other()
    changed = certificate[:-1] + bytes([certificate[-1] ^ 1])
    assert PinnedTrust(other, frozenset({certificate})).trust(changed, NOW) is Trust.UNKNOWN
    assert other.asked == ["trust"]


def test_signatures_are_checked_by_the_other(certificate: bytes) -> None:
    pinned = PinnedTrust(Other(), frozenset({certificate}))
    assert pinned.digest(b"a", Strength.GOST_256) == b"agost2012-256"
    assert pinned.verify(b"a", signature=b"a", certificate=certificate, strength=Strength.GOST_256)
    assert not pinned.verify(b"a", signature=b"b", certificate=certificate, strength=Strength.GOST_256)
