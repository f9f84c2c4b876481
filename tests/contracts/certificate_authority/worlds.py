"""Authorities of every kind with what they need around them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from portal.connectors.clock import SystemClock
from portal.connectors.x509 import X509Reader
from portal.domain.outcomes import Done, Outcome
from portal.ports.certificate_authority import (
    CertificateAuthority,
    CertificateOrder,
    IssuedCertificate,
    Revoked,
)
from portal.ports.certificates import CertificateReader
from portal.ports.clock import Clock
from tests.fakes.reader import public_key_of, request_of
from tests.support.cmp_peer import CmpPeer
from tests.support.desk import Attended, a_desk
from tests.support.django_ca import django_ca_peer
from tests.support.est_peer import HandsOn
from tests.support.pki import SUBJECT, a_key, a_named_order, a_place, an_authority, an_order

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


def cmp(request: pytest.FixtureRequest) -> World:
    clock = SystemClock()
    peer: CmpPeer = request.getfixturevalue("cmp_peer")
    return World(peer.connector(clock), X509Reader(), OrdersByKey("vpn"), clock, outside=True)


#: They cannot be asked what became of an order.
FORGETFUL: Final = {"est": est}
OUTSIDE: Final = {"django-ca": django_ca, "files": files, "cmp": cmp, **FORGETFUL}
INSIDE: Final = ("sqlite", "postgresql", "fake")
#: They put certificates on hold and take that back.
SUSPENDING: Final = (*INSIDE, "files", "cmp")
FINAL: Final = tuple(name for name in OUTSIDE if name not in SUSPENDING)
TELLING: Final = (*INSIDE, *(name for name in OUTSIDE if name not in FORGETFUL))


def issued(outcome: Outcome[IssuedCertificate]) -> IssuedCertificate:
    assert isinstance(outcome, Done), outcome
    return outcome.reply


def revoked(outcome: Outcome[Revoked]) -> Revoked:
    assert isinstance(outcome, Done), outcome
    return outcome.reply
