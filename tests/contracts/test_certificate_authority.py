"""What every certification authority promises, whatever is behind it; and what a real one promises besides."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portal.connectors.clock import SystemClock
from portal.connectors.x509 import X509Reader
from portal.domain.certificate import Revocation
from portal.domain.outcomes import Absent, Done, Happened, Outcome, Refused, Unknown
from portal.domain.troubles import Trouble
from portal.ports.certificate_authority import (
    CertificateAuthority,
    CertificateOrder,
    IssuedCertificate,
    RevocationOrder,
    Revoked,
    Suspender,
)
from portal.ports.certificates import CertificateReader
from portal.ports.clock import Clock
from tests.fakes.authority import FakeAuthority
from tests.fakes.reader import ModelReader, public_key_of, request_of
from tests.support.clock import FrozenClock
from tests.support.desk import Attended, a_desk
from tests.support.django_ca import django_ca_peer
from tests.support.est_peer import EstPeer, HandsOn, an_est_peer
from tests.support.pki import SUBJECT, a_key, a_named_order, a_place, an_authority, an_order, read, serial_of

KEYS = (a_key(), a_key())


@dataclass(frozen=True)
class World:
    """An authority with what reads its certificates and makes orders for it. ``outside`` ones go by their own time."""

    ca: CertificateAuthority
    reader: CertificateReader
    order: Callable[[str, int], CertificateOrder]
    clock: Clock
    outside: bool = False

    def issued(self, order: CertificateOrder) -> IssuedCertificate:
        return issued(self.ca.request(order))

    def serial(self, order: CertificateOrder) -> str:
        return self.reader.certificate(self.issued(order).certificate).serial


def model_order(order_id: str, key: int) -> CertificateOrder:
    return CertificateOrder(order_id, "domain-logon", request_of(public_key_of(f"key {key}")), SUBJECT)


def real_order(order_id: str, key: int) -> CertificateOrder:
    return an_order(order_id, KEYS[key])


class OrdersByKey:
    """Orders for an authority that knows no ids of ours: there each order has a key of its own."""

    def __init__(self, template: str) -> None:
        self._template = template
        self._made: dict[tuple[str, int], CertificateOrder] = {}

    def __call__(self, order_id: str, key: int) -> CertificateOrder:
        known = self._made.get((order_id, key))
        return known or self._made.setdefault(
            (order_id, key), a_named_order(order_id, a_key(), template=self._template)
        )


def built_in(request: pytest.FixtureRequest, kind: str) -> CertificateAuthority:
    folder: Path = request.getfixturevalue("tmp_path")
    url = f"sqlite:///{folder}/ca.db" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    return an_authority(a_place(url, folder, request.getfixturevalue("clock")))


def django_ca(request: pytest.FixtureRequest) -> World:
    peer = django_ca_peer(request.getfixturevalue("run_folder"))
    clock = SystemClock()
    return World(peer.connector(clock), X509Reader(), OrdersByKey("client"), clock, outside=True)


def files(request: pytest.FixtureRequest) -> World:
    clock = SystemClock()
    desk = a_desk(request.getfixturevalue("tmp_path") / "desk")
    return World(Attended(desk, desk.connector(clock)), X509Reader(), OrdersByKey("any"), clock, outside=True)


def est(request: pytest.FixtureRequest) -> World:
    clock = SystemClock()
    peer = request.getfixturevalue("est_peer")
    return World(HandsOn(peer, peer.connector(clock)), X509Reader(), OrdersByKey("vpn"), clock, outside=True)


@pytest.fixture
def est_peer(tmp_path: Path) -> Iterator[EstPeer]:
    with an_est_peer(tmp_path) as peer:
        yield peer


#: They cannot be asked what became of an order.
FORGETFUL: Final = {"est": est}
OUTSIDE: Final = {"django-ca": django_ca, "files": files, **FORGETFUL}
INSIDE: Final = ("sqlite", "postgresql", "fake")
TELLING: Final = (*INSIDE, *(name for name in OUTSIDE if name not in FORGETFUL))


@pytest.fixture(params=[*INSIDE, *OUTSIDE])
def world(request: pytest.FixtureRequest, clock: FrozenClock) -> World:
    """Each authority there is."""
    if request.param in OUTSIDE:
        return OUTSIDE[request.param](request)
    if request.param == "fake":
        return World(FakeAuthority(clock), ModelReader(), model_order, clock)
    return World(built_in(request, request.param), X509Reader(), real_order, clock)


@pytest.fixture(params=["sqlite", "postgresql"])
def ca(request: pytest.FixtureRequest) -> CertificateAuthority:
    """Each authority whose certificates are real."""
    return built_in(request, request.param)


def issued(outcome: Outcome[IssuedCertificate]) -> IssuedCertificate:
    assert isinstance(outcome, Done), outcome
    return outcome.reply


def revoked(outcome: Outcome[Revoked]) -> Revoked:
    assert isinstance(outcome, Done), outcome
    return outcome.reply


def test_the_certificate_is_for_the_key_of_the_request(world: World) -> None:
    order = world.order("one", 0)
    facts = world.reader.certificate(world.issued(order).certificate)
    assert facts.public_key_hash == world.reader.request_key_hash(order.request)


def test_it_is_valid_now(world: World) -> None:
    facts = world.reader.certificate(world.issued(world.order("one", 0)).certificate)
    assert facts.not_before <= world.clock.now() < facts.not_after


def test_asked_twice_it_answers_with_the_same_certificate(world: World) -> None:
    assert world.issued(world.order("one", 0)) == world.issued(world.order("one", 0))


def test_other_orders_get_other_certificates(world: World) -> None:
    assert world.serial(world.order("one", 0)) != world.serial(world.order("two", 0))


@pytest.mark.parametrize("world", TELLING, indirect=True)
def test_the_effect_of_an_order_is_known(world: World) -> None:
    assert world.ca.effect_of(world.order("one", 0)) == Absent()
    made = world.issued(world.order("one", 0))
    assert world.ca.effect_of(world.order("one", 0)) == Happened(made)
    assert world.ca.effect_of(world.order("two", 0)) == Absent()


@pytest.mark.parametrize("world", FORGETFUL, indirect=True)
def test_what_became_of_an_order_that_nobody_can_ask_about_a_person_tells(world: World) -> None:
    order = world.order("one", 0)
    world.issued(order)
    effect = world.ca.effect_of(order)
    assert isinstance(effect, Unknown)
    assert effect.whom is None


def test_a_certificate_is_good_until_it_is_revoked(world: World, clock: FrozenClock) -> None:
    serial = world.serial(world.order("one", 0))
    assert world.ca.status(serial) is Revocation.GOOD
    clock.advance(hours=1)
    at = revoked(world.ca.revoke(RevocationOrder("r", serial))).at
    assert at == clock.now() or (world.outside and at <= world.clock.now())
    assert world.ca.status(serial) is Revocation.REVOKED


def test_revoking_what_is_revoked_is_done(world: World) -> None:
    serial = world.serial(world.order("one", 0))
    revoked(world.ca.revoke(RevocationOrder("r", serial)))
    revoked(world.ca.revoke(RevocationOrder("r", serial)))
    assert world.ca.status(serial) is Revocation.REVOKED


def test_revoking_one_leaves_the_others(world: World) -> None:
    first, second = (world.serial(world.order(name, 0)) for name in ("one", "two"))
    revoked(world.ca.revoke(RevocationOrder("r", first)))
    assert world.ca.status(second) is Revocation.GOOD


@pytest.mark.parametrize("world", TELLING, indirect=True)
def test_a_revoked_certificate_is_still_what_came_of_its_order(world: World) -> None:
    order = world.order("one", 0)
    made = world.issued(order)
    revoked(world.ca.revoke(RevocationOrder("r", world.serial(order))))
    assert world.ca.effect_of(order) == Happened(made)


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


@pytest.mark.parametrize("world", INSIDE, indirect=True)
def test_a_hold_can_be_taken_back_as_often_as_asked(world: World) -> None:
    assert isinstance(world.ca, Suspender)
    serial = world.serial(world.order("o1", 0))
    for _again in range(2):
        revoked(world.ca.revoke(RevocationOrder("h", serial, "certificateHold")))
        assert world.ca.status(serial) is Revocation.ON_HOLD
        assert isinstance(world.ca.release(RevocationOrder("r", serial)), Done)
        assert isinstance(world.ca.release(RevocationOrder("r", serial)), Done)
        assert world.ca.status(serial) is Revocation.GOOD


@pytest.mark.parametrize("world", INSIDE, indirect=True)
def test_what_is_revoked_for_good_is_not_released(world: World) -> None:
    assert isinstance(world.ca, Suspender)
    serial = world.serial(world.order("o1", 0))
    revoked(world.ca.revoke(RevocationOrder("h", serial, "certificateHold")))
    revoked(world.ca.revoke(RevocationOrder("f", serial, "keyCompromise")))
    refused = world.ca.release(RevocationOrder("r", serial))
    assert isinstance(refused, Refused)
    assert refused.permanent
    assert world.ca.status(serial) is Revocation.REVOKED


@pytest.mark.parametrize("world", OUTSIDE, indirect=True)
def test_an_authority_that_cannot_take_a_hold_back_is_not_asked_for_one(world: World) -> None:
    assert not isinstance(world.ca, Suspender)
    serial = world.serial(world.order("one", 0))
    outcome = world.ca.revoke(RevocationOrder("h", serial, "certificateHold"))
    assert isinstance(outcome, Refused)
    assert outcome.permanent
    assert world.ca.status(serial) is Revocation.GOOD


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
