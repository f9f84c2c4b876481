"""django-ca itself, and a server that lies in its language: what becomes of an order, whatever happens on the way."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from portal.connectors.ca.django_ca.opening import checked, opened
from portal.connectors.clock import SystemClock
from portal.connectors.http import Server
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.connectors.django_ca import django_ca_settings
from portal.domain.errors import InvalidInput, OutsideUnavailable
from portal.domain.outcomes import Absent, Done, Happened, Unknown, Waiting, WaitingFor
from portal.domain.troubles import Trouble
from portal.ports.certificate_authority import CertificateOrder, IssuedCertificate, RevocationOrder
from portal.ports.connectors import ConnectorValues, TraceStep
from tests.support.ca_answers import issued, refusal
from tests.support.clock import FrozenClock
from tests.support.django_ca import OBEYING, DjangoCaPeer, django_ca_peer
from tests.support.foreign_pki import Pair, certified, foreign_root
from tests.support.pki import Key, a_key, an_order, openssl, read, serial_of, write_pem
from tests.support.scripted_https import Said, scripted_https
from tests.support.unhurried import check_without_hurry, unhurried
from tests.support.waiting import eventually

CLOCK = SystemClock()


@pytest.fixture(scope="module")
def peer(run_folder: Path) -> DjangoCaPeer:
    return django_ca_peer(run_folder)


def order_of(key: Key, template: str = "client") -> CertificateOrder:
    return an_order("order", key, template=template)


def how_many(peer: DjangoCaPeer, key: Key, template: str) -> int:
    talk = peer.connector(CLOCK).talk
    listed = talk.server.ask("GET", f"/ca/{talk.ca}/certs/?revoked=true", limit=1 << 26)
    wanted = read(issued(peer.connector(CLOCK).request(order_of(key, template)))).public_key()
    pems = [one["certificate"]["pem"].encode() for one in json.loads(listed.body)]
    return sum(x509_key(pem) == wanted for pem in pems)


def x509_key(pem: bytes) -> Any:
    return x509.load_pem_x509_certificate(pem).public_key()


def test_what_a_profile_and_an_order_say_is_in_the_certificate(peer: DjangoCaPeer, tmp_path: Path) -> None:
    made = issued(peer.connector(CLOCK).request(order_of(a_key())))
    write_pem(tmp_path, "leaf.pem", made.certificate)
    text = openssl(tmp_path, "x509", "-in", "leaf.pem", "-noout", "-text", "-nameopt", "utf8,sep_comma_plus")
    assert "Ёлкина Юлия Юрьевна" in text
    assert "elkina@key.example" in text
    assert "TLS Web Client Authentication" in text


def test_an_order_that_is_pending_there_waits_and_is_issued(peer: DjangoCaPeer) -> None:
    ca, key = peer.connector(CLOCK), a_key()
    with peer.resting():
        waiting = ca.request(order_of(key, OBEYING))
        assert isinstance(waiting, Waiting)
        assert waiting.whom is WaitingFor.CA
        assert isinstance(ca.look_up(waiting.ticket), Waiting)
    eventually(lambda: isinstance(ca.look_up(waiting.ticket), Done), "the order is carried out")
    assert issued(ca.look_up(waiting.ticket)) == issued(ca.request(order_of(key, OBEYING)))
    assert how_many(peer, key, OBEYING) == 1


def test_an_order_whose_answer_was_lost_is_issued_once(peer: DjangoCaPeer) -> None:
    key = a_key()
    peer.cut_the_next_order()
    lost = peer.connector(CLOCK).request(order_of(key, OBEYING))
    made = issued(peer.connector(CLOCK).request(order_of(key, OBEYING)))
    assert lost == Done(made)
    assert peer.connector(CLOCK).effect_of(order_of(key, OBEYING)) == Happened(made)
    assert how_many(peer, key, OBEYING) == 1


def test_a_lost_order_that_is_issued_late_is_waited_for(peer: DjangoCaPeer) -> None:
    ca, key = peer.connector(CLOCK), a_key()
    with peer.resting():
        peer.cut_the_next_order()
        waiting = ca.request(order_of(key, OBEYING))
        assert isinstance(waiting, Waiting)
        assert isinstance(ca.look_up(waiting.ticket), Waiting)
    eventually(lambda: isinstance(ca.look_up(waiting.ticket), Done), "it is issued")
    assert isinstance(ca.effect_of(order_of(key, OBEYING)), Happened)
    assert how_many(peer, key, OBEYING) == 1


def test_an_order_that_may_rest_in_the_queue_is_not_absent(peer: DjangoCaPeer) -> None:
    """The process that gave it died with the answer: nobody knows its ticket."""
    ca, key = peer.connector(CLOCK), a_key()
    order = replace(order_of(key, OBEYING), begun_at=CLOCK.now())
    with peer.resting():
        ca.request(order)
        effect = ca.effect_of(order)
        assert isinstance(effect, Unknown)
        assert (effect.why.detail, effect.whom) == ("looked_for", WaitingFor.CA)
        # by what people say nothing rests there for so long: it was never given, or it is lost
        for given_up in (replace(order, begun_at=CLOCK.now() - timedelta(minutes=61)), replace(order, begun_at=None)):
            assert ca.effect_of(given_up) == Absent()
        assert peer.connector(CLOCK, queue_minutes="0").effect_of(order) == Absent()
    eventually(lambda: isinstance(ca.effect_of(order), Happened), "it is issued")
    assert how_many(peer, key, OBEYING) == 1


def test_a_lost_order_is_not_looked_for_for_ever(peer: DjangoCaPeer, clock: FrozenClock) -> None:
    ca = peer.connector(clock)
    lost = f"?{int(clock.now().timestamp()) + 60}.{'0' * 64}.{OBEYING}"
    assert isinstance(ca.look_up(lost), Waiting)
    clock.advance(minutes=1)
    assert refusal(ca.look_up(lost)) == (Trouble.CA_REFUSED, "lost_order", True)


def test_its_own_responder_says_that_it_is_revoked(peer: DjangoCaPeer, tmp_path: Path) -> None:
    ca = peer.connector(CLOCK)
    made = issued(ca.request(order_of(a_key())))
    write_pem(tmp_path, "leaf.pem", made.certificate)
    (tmp_path / "ca.pem").write_text(str(peer.note["trusted"]))
    assert isinstance(ca.revoke(RevocationOrder("r", serial_of(made), "keyCompromise")), Done)
    openssl(tmp_path, "ocsp", "-issuer", "ca.pem", "-cert", "leaf.pem", "-no_nonce", "-reqout", "question.der")
    address = f"https://127.0.0.1:{peer.port}/ca/ocsp/{peer.note['serial']}/cert/"
    question = (tmp_path / "question.der").read_bytes()
    asked = Server(address, trust=str(peer.note["server_trusted"]))
    said = asked.ask("POST", "", question, {"Content-Type": "application/ocsp-request"})
    (tmp_path / "answer.der").write_bytes(said.body)
    told = openssl(
        tmp_path, "ocsp", "-respin", "answer.der", "-issuer", "ca.pem", "-CAfile", "ca.pem", "-cert", "leaf.pem"
    )
    assert "Response verify OK" in told
    assert "leaf.pem: revoked" in told
    assert "keyCompromise" in told


def test_what_it_does_not_issue_is_refused_for_good(peer: DjangoCaPeer) -> None:
    outcome = peer.connector(CLOCK).request(order_of(a_key(), "no such/profile?"))
    assert refusal(outcome) == (Trouble.CA_REFUSED, "unknown_template", True)


def test_a_certificate_that_leads_elsewhere_is_not_believed(peer: DjangoCaPeer) -> None:
    order = order_of(a_key())
    elsewhere = peer.connector(CLOCK, trusted=foreign_root("Another").pem)
    assert refusal(elsewhere.request(order)) == (Trouble.CA_MISMATCH, "chain", True)
    effect = elsewhere.effect_of(order)
    assert isinstance(effect, Unknown)
    assert effect.whom is None
    # nothing is lost: once the settings are right it is found
    assert isinstance(peer.connector(CLOCK).effect_of(order), Happened)


@pytest.mark.parametrize(
    ("typed", "detail"),
    [({"password": "wrong"}, "not_let_in"), ({"server_trusted": foreign_root("Another").pem}, "not_trusted")],
    ids=["password", "trust"],
)
def test_a_door_that_stays_shut_is_tried_again(peer: DjangoCaPeer, typed: dict[str, str], detail: str) -> None:
    assert refusal(peer.connector(CLOCK, **typed).request(order_of(a_key()))) == (Trouble.CA_REFUSED, detail, False)


def test_a_check_tells_how_far_it_got(peer: DjangoCaPeer, monkeypatch: pytest.MonkeyPatch) -> None:
    check_without_hurry(monkeypatch, "django_ca")
    assert [line.what for line in checked(peer.values(), CLOCK) if line.ok] == [
        TraceStep.CONNECT,
        TraceStep.PROFILES,
        TraceStep.CERTIFICATES,
    ]
    for typed, step in (
        ({"password": "wrong"}, TraceStep.SIGN_IN),
        ({"server_trusted": foreign_root("Another").pem}, TraceStep.TLS),
        ({"trusted": foreign_root("Another").pem}, TraceStep.CERTIFICATES),
    ):
        last = checked(peer.values(**typed), CLOCK)[-1]
        assert (last.what, last.ok) == (step, False)
        assert "wrong" not in last.detail


def test_what_it_offers_can_be_ordered(peer: DjangoCaPeer) -> None:
    names = [one.name for one in peer.connector(CLOCK).offered_templates()]
    assert "client" in names
    assert "ocsp" not in names


def test_a_serial_number_is_read_as_it_is_shown(peer: DjangoCaPeer) -> None:
    values = peer.values().all
    settings = django_ca_settings({**values, "ca_serial": "0a:Bc"})
    assert settings.ca_serial == "ABC"
    with pytest.raises(InvalidInput) as wrong:
        django_ca_settings({**values, "ca_serial": "mood"})
    assert wrong.value.fields == {"ca_serial": "bad_serial"}


@pytest.fixture(scope="module")
def root() -> Pair:
    return foreign_root("Judge")


@pytest.fixture
def liar(root: Pair) -> Iterator[Callable[[Said], Any]]:
    """An authority that answers a question for a certificate as it is told to."""
    said: list[Said] = []

    def answer(_method: str, path: str, _body: bytes) -> Said:
        if "/certs/?" in path:
            return Said(body=b"[]")
        if "/profiles/" in path:
            profile = {"name": "client", "expires": "P100DT00H00M00S", "extensions": {}, "autogenerated": False}
            return Said(body=json.dumps(profile).encode())
        if path.endswith("/sign/"):
            return Said(body=b'{"slug": "abc", "status": "pending"}')
        return said[0] if "/certs/" in path else Said(body=b'{"serial": "1F", "status": "issued"}')

    with scripted_https(answer) as script:

        def told(one: Said) -> Any:
            said[:] = [one]
            typed = {
                "address": script.address,
                "ca_serial": "1",
                "user": "u",
                "trusted": root.pem,
                "server_trusted": script.trust,
                "poll_minutes": "5",
                "settle_seconds": "0",
            }
            return unhurried(opened(ConnectorValues(ConnectorKind.CA_DJANGO, "liar", typed, {"password": "p"}), CLOCK))

        yield told


def test_a_certificate_for_another_key_is_not_believed(liar: Callable[[Said], Any], root: Pair) -> None:
    other = Pair(read(IssuedCertificate(certified(root, a_key()))), a_key())
    told = {"certificate": {"pem": other.pem}, "created": "", "revoked": False, "revoked_reason": ""}
    outcome = liar(Said(body=json.dumps(told).encode())).request(order_of(a_key()))
    assert refusal(outcome) == (Trouble.CA_MISMATCH, "key", True)


@pytest.mark.parametrize(
    "said",
    [
        Said(body=b"\0" * 10_000_000),
        Said(body=b"<html>"),
        Said(body=b"[" * 100_000),
        Said(body=b'{"certificate": {"pem": "rubbish"}}'),
        Said(500, b"oops"),
        Said(silent=True),
    ],
    ids=["ten megabytes", "no JSON", "deep", "no certificate", "error", "cut"],
)
def test_rubbish_is_told_and_nothing_is_lost(liar: Callable[[Said], Any], said: Said) -> None:
    ca = liar(said)
    waiting = ca.request(order_of(a_key()))
    assert isinstance(waiting, Waiting), "it has told the name of the order already"
    trouble, _detail, permanent = refusal(ca.look_up(waiting.ticket))
    assert (trouble, permanent) == (Trouble.CA_UNAVAILABLE, False)


def test_offers_that_cannot_be_read_are_told(liar: Callable[[Said], Any]) -> None:
    with pytest.raises(OutsideUnavailable):
        liar(Said()).offered_templates()
