"""What the signing process answers, by both providers."""

import os
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from portal.connectors.smev.signature import signed_info
from portal.connectors.smev.signers.sidecar import SidecarSigner
from portal.domain.errors import OutsideUnavailable
from portal.ports.signer import Strength, Trust
from tests.support.gost import (
    GostPeople,
    der,
    independent_digest,
    independently_verified,
    sign_service,
    soon,
)

INFO = signed_info("ID", b"d" * 32, Strength.GOST_256)
SMALL, LARGE = Strength.GOST_256, Strength.GOST_512


@pytest.fixture(scope="module", params=["library", "command"])
def client(people: GostPeople, request: pytest.FixtureRequest) -> Iterator[SidecarSigner]:
    more = ["--command"] if request.param == "command" else []
    folder = people.folder / str(request.param)
    with sign_service(folder, people.portal, "--trust", str(people.authority.certificate), *more) as client:
        yield client


def test_digests(client: SidecarSigner) -> None:
    assert client.digest(b"", SMALL) == independent_digest(b"")
    assert client.digest("Привет".encode() * 1000, SMALL) == independent_digest("Привет".encode() * 1000)
    assert client.digest(b"abc", LARGE) == independent_digest(b"abc", 512)


def test_signing(client: SidecarSigner, people: GostPeople) -> None:
    value = client.sign(INFO)
    certificate = der(people.portal)
    assert len(value) == 64
    assert client.certificate() == certificate
    assert client.strength is SMALL
    assert independently_verified(INFO, value, certificate)
    assert client.verify(INFO, signature=value, certificate=certificate, strength=SMALL)
    assert not client.verify(INFO + b" ", signature=value, certificate=certificate, strength=SMALL)
    assert not client.verify(INFO, signature=value, certificate=der(people.smev), strength=SMALL)
    assert not client.verify(INFO, signature=value[:-1], certificate=certificate, strength=SMALL)
    assert not client.verify(INFO, signature=b"", certificate=certificate, strength=SMALL)


def test_both_sizes(client: SidecarSigner, people: GostPeople) -> None:
    info = signed_info("ID", b"d" * 64, LARGE)
    with sign_service(people.folder / "big", people.strong) as strong:
        assert strong.strength is LARGE
        value = strong.sign(info)
    assert client.verify(info, signature=value, certificate=der(people.strong), strength=LARGE)
    assert not client.verify(info, signature=value, certificate=der(people.strong), strength=SMALL)


@pytest.mark.parametrize("octets", [b"", b"a text", INFO + b" ", signed_info("ID", b"d" * 64, LARGE)])
def test_it_signs_nothing_else(client: SidecarSigner, octets: bytes) -> None:
    with pytest.raises(OutsideUnavailable) as refused:
        client.sign(octets)
    assert (refused.value.permanent, refused.value.data["why"]) == (True, "not_permitted")


def test_trust(client: SidecarSigner, people: GostPeople) -> None:
    moment = soon()
    assert client.trust(der(people.smev), moment) is Trust.TRUSTED
    assert client.trust(der(people.authority), moment) is Trust.TRUSTED
    assert client.trust(der(people.smev), moment + timedelta(days=400)) is Trust.EXPIRED
    assert client.trust(der(people.smev), moment - timedelta(days=400)) is Trust.EXPIRED
    assert client.trust(der(people.expired), moment) is Trust.EXPIRED
    assert client.trust(der(people.stranger), moment) is Trust.UNKNOWN
    assert client.trust(b"no certificate", moment) is Trust.UNREADABLE


def test_health_tells_how_long_the_certificate_lasts(client: SidecarSigner) -> None:
    health = client.health()
    assert health.ready
    assert "Ключник" in health.subject
    assert health.not_after is not None
    assert timedelta(days=363) < health.not_after - datetime.now(UTC) < timedelta(days=366)


@pytest.mark.parametrize("certificate", [b"", b"z", b"\x30\x03\x02\x01\x00"])
def test_what_is_no_certificate_made_no_signature(client: SidecarSigner, certificate: bytes) -> None:
    assert not client.verify(b"x", signature=b"y", certificate=certificate, strength=SMALL)
    assert client.health().ready


def test_many_at_once(client: SidecarSigner, people: GostPeople) -> None:
    clients = [SidecarSigner(client.path) for _ in range(6)]

    def work(one: SidecarSigner) -> bool:
        return all(
            one.verify(INFO, signature=one.sign(INFO), certificate=der(people.portal), strength=SMALL) for _ in range(5)
        )

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(work, clients))
    for one in clients:
        one.close()


def test_it_survives_nonsense(client: SidecarSigner) -> None:
    for octets in (b"\xff", b"\x01\xff\xff\xff\xff", b"\x02\x00\x00\x00\x04sign", b"\x00"):
        with socket.socket(socket.AF_UNIX) as speaking:
            speaking.settimeout(10)
            speaking.connect(str(client.path))
            speaking.sendall(octets)
            speaking.shutdown(socket.SHUT_WR)
            answer = speaking.recv(100)
            assert answer in {b"", b"\x02\x00\x00\x00\x07refused\x00\x00\x00\x10unknown_question"}
    assert client.health().ready


@pytest.mark.parametrize("question", [(b"digest",), (b"burn",), (b"digest", b"1024", b"x"), (b"trust", b"x", b"now")])
def test_a_question_it_does_not_know_is_refused(client: SidecarSigner, question: tuple[bytes, ...]) -> None:
    with pytest.raises(OutsideUnavailable) as refused:
        client._ask(*question)
    assert refused.value.permanent


def test_a_forked_client_makes_a_connection_of_its_own(client: SidecarSigner) -> None:
    expected = client.digest(b"x", SMALL)
    child = os.fork()
    if not child:
        os._exit(0 if client.digest(b"x", SMALL) == expected else 1)
    assert client.digest(b"x", SMALL) == expected
    assert os.waitpid(child, 0)[1] == 0
