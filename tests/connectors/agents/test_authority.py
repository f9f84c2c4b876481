"""The agent authority, the key of step lists and the front's certificate, on a disk."""

from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from portal.connectors.agents.authority import SealedAgentAuthority
from portal.connectors.agents.front_key import FrontCertificate
from portal.connectors.agents.order_key import OrderKey
from portal.connectors.agents.safe import Safe, SafeUnreadable
from portal.connectors.vault_local import LocalVault
from portal.ports.agent_orders import LIST_PREFIX
from tests.support.clock import FrozenClock
from tests.support.workstations import a_request

MASTER = b"m" * 32


def authority_in(folder: Path, *, master: bytes = MASTER, clock: FrozenClock | None = None) -> SealedAgentAuthority:
    safe = Safe(folder, LocalVault(master))
    return SealedAgentAuthority(safe, OrderKey(safe), clock or FrozenClock(), "http://portal")


def told_in(folder: Path) -> tuple[str, bytes]:
    trust = authority_in(folder).trust()
    return trust.authority, trust.order_key


def test_it_is_made_once_and_the_same_afterwards(tmp_path: Path) -> None:
    assert told_in(tmp_path) == told_in(tmp_path)
    issued = authority_in(tmp_path).issue(a_request(), "ws")
    assert authority_in(tmp_path).identify(issued.pem) == issued


def test_of_several_that_come_first_one_makes_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(told_in, [tmp_path] * 4))) == 1


def test_its_life_and_what_it_may_do(tmp_path: Path) -> None:
    authority = authority_in(tmp_path)
    own = authority.certificate
    assert own.not_valid_after_utc - own.not_valid_before_utc > timedelta(days=19 * 365)
    constraints = own.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (constraints.critical, constraints.value) == (True, x509.BasicConstraints(ca=True, path_length=0))
    leaf = x509.load_pem_x509_certificate(authority.issue(a_request(), "ws").pem.encode())
    assert leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    assert timedelta(days=90) <= leaf.not_valid_after_utc - leaf.not_valid_before_utc < timedelta(days=91)


def test_another_master_key_opens_nothing(tmp_path: Path) -> None:
    told_in(tmp_path)
    stranger = authority_in(tmp_path, master=b"x" * 32)
    assert stranger.fingerprint() == authority_in(tmp_path).fingerprint()  # what is public stays so
    with pytest.raises(SafeUnreadable):
        stranger.issue(a_request(), "ws")
    with pytest.raises(SafeUnreadable):
        stranger.trust()


def test_a_key_moved_under_another_name_is_refused(tmp_path: Path) -> None:
    told_in(tmp_path)
    (tmp_path / "order.key").write_bytes((tmp_path / "authority.key").read_bytes())
    with pytest.raises(SafeUnreadable):
        authority_in(tmp_path).trust()


def test_a_key_that_is_gone_is_not_made_anew(tmp_path: Path) -> None:
    told_in(tmp_path)
    (tmp_path / "authority.key").unlink()
    with pytest.raises(SafeUnreadable):
        authority_in(tmp_path).issue(a_request(), "ws")
    authority_in(tmp_path / "other").trust()
    (tmp_path / "other" / "authority.key").rename(tmp_path / "authority.key")
    with pytest.raises(SafeUnreadable, match="not the key of"):
        authority_in(tmp_path).issue(a_request(), "ws")


def test_a_request_somebody_changed_is_refused(tmp_path: Path) -> None:
    der = bytearray(x509.load_pem_x509_csr(a_request().encode()).public_bytes(Encoding.DER))
    der[-1] ^= 1
    changed = "-----BEGIN CERTIFICATE REQUEST-----\n{}\n-----END CERTIFICATE REQUEST-----\n"
    with pytest.raises(ValueError, match=r"request|signed"):
        authority_in(tmp_path).issue(changed.format(b64encode(der).decode()), "ws")


def test_a_certificate_that_names_itself_ours_is_not(tmp_path: Path) -> None:
    authority = authority_in(tmp_path)
    key = ec.generate_private_key(ec.SECP256R1())
    own, now = authority.certificate, FrozenClock().now()
    builder = x509.CertificateBuilder().subject_name(own.subject).issuer_name(own.subject).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    forged = builder.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()
    for shown in (forged, own.public_bytes(Encoding.PEM).decode(), "", forged + forged, "x" * 20_000):
        with pytest.raises(ValueError, match=r"agent authority|certificate"):
            authority.identify(shown)


def test_step_lists_are_signed_under_their_own_prefix(tmp_path: Path) -> None:
    authority = authority_in(tmp_path)
    key = Ed25519PublicKey.from_public_bytes(authority.trust().order_key)
    signature = authority.orders.sign(b"{}")
    key.verify(signature, LIST_PREFIX + b"{}")
    with pytest.raises(InvalidSignature):
        key.verify(signature, b"{}")


def test_the_front_is_certified_anew_in_time_and_for_other_names(tmp_path: Path) -> None:
    clock = FrozenClock()
    front = FrontCertificate(authority_in(tmp_path, clock=clock), ("agents.example.org", "10.1.2.3"))
    first = front.current()
    certificate = x509.load_pem_x509_certificates(first)[0]
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {str(name.value) for name in names} == {"agents.example.org", "10.1.2.3"}
    clock.advance(days=240)
    assert front.current() == first
    clock.advance(days=10)
    second = front.current()
    assert second != first
    assert replace(front, hosts=("other.example.org",)).current() != second
