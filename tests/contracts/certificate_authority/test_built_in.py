"""What the built-in authority promises besides."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portal.domain.certificate import Revocation
from portal.domain.outcomes import Absent, Refused, Unknown
from portal.domain.troubles import Trouble
from portal.ports.certificate_authority import (
    CertificateAuthority,
    CertificateOrder,
    RevocationOrder,
)
from tests.contracts.certificate_authority.worlds import KEYS, issued, real_order, revoked
from tests.support.clock import FrozenClock
from tests.support.pki import a_key, an_order, read, serial_of


def test_it_holds_the_public_key_itself(ca: CertificateAuthority) -> None:
    made = issued(ca.request(real_order("one", 0)))
    as_der = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert read(made).public_key().public_bytes(*as_der) == KEYS[0].public_key().public_bytes(*as_der)


def test_it_comes_with_a_chain_that_verifies_it(ca: CertificateAuthority) -> None:
    made = issued(ca.request(an_order("one", a_key())))
    links = [read(made), *map(x509.load_der_x509_certificate, made.chain)]
    for lower, upper in zip(links, [*links[1:], links[-1]], strict=True):
        lower.verify_directly_issued_by(upper)


def test_an_order_id_serves_one_order_only(ca: CertificateAuthority) -> None:
    key = a_key()
    issued(ca.request(an_order("one", key)))
    for other in (
        an_order("one", a_key()),
        an_order("one", key, subject=(("CN", "Другой"),)),
        an_order("one", key, template="vpn"),
    ):
        outcome = ca.request(other)
        assert isinstance(outcome, Refused)
        assert outcome.permanent
        assert outcome.why.trouble is Trouble.CA_REFUSED


def test_the_effect_of_an_id_that_served_another_order_is_for_a_person_to_tell(ca: CertificateAuthority) -> None:
    issued(ca.request(an_order("one", a_key())))
    effect = ca.effect_of(an_order("one", a_key()))
    assert isinstance(effect, Unknown)
    assert effect.whom is None


def test_a_ticket_it_never_gave_is_refused_for_good(ca: CertificateAuthority) -> None:
    outcome = ca.look_up("no such ticket")
    assert isinstance(outcome, Refused)
    assert outcome.permanent


@pytest.mark.parametrize(
    "spoil",
    [
        lambda good: replace(good, template="no such template"),
        lambda good: replace(good, request=b"not a request"),
        lambda good: replace(good, request=good.request[:-1] + bytes([good.request[-1] ^ 1])),
        lambda good: replace(good, subject=(("CN", "x" * 65),)),
        lambda good: replace(good, subject=(("SHOESIZE", "44"),)),
    ],
    ids=["template", "request", "proof of possession", "too long a name", "no such name"],
)
def test_what_can_never_be_issued_is_refused_for_good_and_leaves_nothing(
    ca: CertificateAuthority, spoil: Callable[[CertificateOrder], CertificateOrder]
) -> None:
    good = an_order("one", a_key())
    outcome = ca.request(spoil(good))
    assert isinstance(outcome, Refused)
    assert outcome.permanent
    assert ca.effect_of(good) == Absent()
    issued(ca.request(good))


def test_revoking_what_is_revoked_is_done_and_changes_nothing(ca: CertificateAuthority, clock: FrozenClock) -> None:
    serial = serial_of(issued(ca.request(an_order("one", a_key()))))
    first = revoked(ca.revoke(RevocationOrder("r", serial)))
    clock.advance(hours=1)
    assert revoked(ca.revoke(RevocationOrder("r2", serial, "keyCompromise"))) == first


def test_serials_are_read_in_any_case(ca: CertificateAuthority) -> None:
    serial = serial_of(issued(ca.request(an_order("one", a_key())))).upper()
    revoked(ca.revoke(RevocationOrder("r", serial)))
    assert ca.status(f"0{serial}") is Revocation.REVOKED


@pytest.mark.parametrize("serial", ["1234", "", "not hex"])
def test_a_serial_it_never_gave_is_unknown_and_cannot_be_revoked(ca: CertificateAuthority, serial: str) -> None:
    assert ca.status(serial) is Revocation.UNKNOWN
    outcome = ca.revoke(RevocationOrder("r", serial))
    assert isinstance(outcome, Refused)
    assert outcome.permanent


def test_a_hold_is_told_apart_and_may_become_final(ca: CertificateAuthority) -> None:
    serial = serial_of(issued(ca.request(an_order("one", a_key()))))
    revoked(ca.revoke(RevocationOrder("r", serial, "certificateHold")))
    assert ca.status(serial) is Revocation.ON_HOLD
    revoked(ca.revoke(RevocationOrder("r2", serial, "superseded")))
    assert ca.status(serial) is Revocation.REVOKED


def test_a_reason_no_standard_knows_is_refused(ca: CertificateAuthority) -> None:
    serial = serial_of(issued(ca.request(an_order("one", a_key()))))
    outcome = ca.revoke(RevocationOrder("r", serial, "mood"))
    assert isinstance(outcome, Refused)
    assert outcome.permanent
    assert ca.status(serial) is Revocation.GOOD
