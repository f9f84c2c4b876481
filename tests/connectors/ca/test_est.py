"""An authority by EST: our own at the other end, and servers that answer as badly as they can."""

from base64 import encodebytes
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from portal.bootstrap import BUILTIN_CA
from portal.connectors.ca.builtin.tables import ApprovalState
from portal.connectors.ca.est.authority import EstAuthority
from portal.connectors.ca.est.opening import checked, opened
from portal.connectors.clock import SystemClock
from portal.domain.certificate import Revocation
from portal.domain.connectors.est import est_settings
from portal.domain.errors import InvalidInput
from portal.domain.outcomes import Done, Refused, Unknown, Waiting
from portal.domain.troubles import Trouble
from portal.ports.certificate_authority import Repeater, RevocationOrder
from portal.ports.connectors import ConnectorValues, TraceStep
from tests.support.ca_answers import issued, refusal
from tests.support.est_peer import EstPeer, an_est_peer
from tests.support.foreign_pki import Pair, certified, client_pair, foreign_root
from tests.support.pki import a_key, a_named_order, serial_of
from tests.support.ports import free_port
from tests.support.scripted_https import Said, Scripted, scripted_https
from tests.support.unhurried import check_without_hurry, unhurried

CLOCK = SystemClock()
ROOT = foreign_root("Judge")


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory, empty_file: Path) -> Iterator[EstPeer]:
    folder: Path = tmp_path_factory.mktemp("est")
    with an_est_peer(folder, empty_file) as found:
        yield found


def test_an_order_that_waits_there_is_asked_about_again(peer: EstPeer) -> None:
    peer.portal.ca_place.store.switch(BUILTIN_CA, "signature", manual=True)
    ca, order = peer.connector(CLOCK), a_named_order("x", a_key(), template="signature")
    waiting = ca.request(order)
    assert isinstance(waiting, Waiting)
    assert isinstance(ca, Repeater)
    assert isinstance(ca.ask_again(order), Waiting)
    (asked,) = peer.portal.ca_place.store.open_requests(BUILTIN_CA)
    decide(peer, asked.order_id)
    assert issued(ca.ask_again(order)) == issued(ca.request(order))


def decide(peer: EstPeer, order_id: str) -> None:
    peer.portal.ca_place.store.close_request(BUILTIN_CA, order_id, state=ApprovalState.APPROVED)


def test_a_revocation_is_waited_for_until_the_list_says_so(peer: EstPeer) -> None:
    ca = peer.connector(CLOCK)
    serial = serial_of(issued(ca.request(a_named_order("x", a_key(), template="vpn"))))
    waiting = ca.revoke(RevocationOrder("r", serial))
    assert isinstance(waiting, Waiting)
    assert waiting.why.detail == "revoke_there"
    authority = peer.portal.authorities.get(BUILTIN_CA)
    assert authority is not None
    authority.revoke(RevocationOrder("r", serial))
    assert isinstance(ca.revoke(RevocationOrder("r", serial)), Done)
    assert ca.status(serial) is Revocation.REVOKED


@pytest.mark.parametrize(
    "body", [b"<html>maintenance</html>", b"", b"\0" * 10_000_000], ids=["page", "nothing", "much"]
)
def test_a_list_that_tells_nothing_refuses_no_revocation(peer: EstPeer, body: bytes) -> None:
    serial = serial_of(issued(peer.connector(CLOCK).request(a_named_order("x", a_key(), template="vpn"))))
    with scripted_https(lambda *_asked: Said(body=body)) as script:
        typed = {**peer.values.plain, "revocations": script.address, "server_trusted": script.trust}
        ca = unhurried(opened(replace(peer.values, plain=typed), CLOCK))
        assert ca.status(serial) is Revocation.UNKNOWN
        assert refusal(ca.revoke(RevocationOrder("r", serial)))[::2] == (Trouble.CA_UNAVAILABLE, False)


def test_without_a_list_a_person_revokes(peer: EstPeer) -> None:
    ca = peer.connector(CLOCK, revocations="")
    assert refusal(ca.revoke(RevocationOrder("r", "1f"))) == (Trouble.CA_REFUSED, "by_hand", True)
    assert ca.status("1f") is Revocation.UNKNOWN


def test_what_it_does_not_issue_is_refused(peer: EstPeer) -> None:
    order = a_named_order("x", a_key(), template="vpn")
    spoilt = replace(order, request=order.request[:-1] + bytes([order.request[-1] ^ 1]))
    assert refusal(peer.connector(CLOCK).request(spoilt)) == (Trouble.CA_REFUSED, "said_no", True)


@pytest.mark.parametrize(
    ("typed", "detail"),
    [({"password": "wrong"}, "not_let_in"), ({"server_trusted": ROOT.pem}, "not_trusted")],
    ids=["password", "trust"],
)
def test_a_door_that_stays_shut_is_tried_again(peer: EstPeer, typed: dict[str, str], detail: str) -> None:
    outcome = peer.connector(CLOCK, **typed).request(a_named_order("x", a_key(), template="vpn"))
    assert refusal(outcome) == (Trouble.CA_REFUSED, detail, False)


def test_a_certificate_that_leads_elsewhere_is_not_believed(peer: EstPeer) -> None:
    outcome = peer.connector(CLOCK, trusted=ROOT.pem).request(a_named_order("x", a_key(), template="vpn"))
    assert refusal(outcome) == (Trouble.CA_MISMATCH, "chain", True)


def test_a_check_tells_how_far_it_got(peer: EstPeer, monkeypatch: pytest.MonkeyPatch) -> None:
    check_without_hurry(monkeypatch, "est")
    assert [(line.what, line.ok) for line in checked(peer.values, CLOCK)] == [
        (TraceStep.CONNECT, True),
        (TraceStep.CERTIFICATES, True),
        (TraceStep.PROTOCOL, True),
    ]
    for name, step in (("server_trusted", TraceStep.TLS), ("trusted", TraceStep.CERTIFICATES)):
        typed = replace(peer.values, plain={**peer.values.plain, name: ROOT.pem})
        assert (checked(typed, CLOCK)[-1].what, checked(typed, CLOCK)[-1].ok) == (step, False)


def towards(script: Scripted, peer: EstPeer, **plain: str) -> EstAuthority:
    typed = {**peer.values.plain, "address": script.address, "server_trusted": script.trust, "trusted": ROOT.pem}
    values = ConnectorValues(peer.values.kind, "liar", {**typed, **plain}, peer.values.secrets)
    return unhurried(opened(values, CLOCK))


def bundle(*ders: bytes) -> bytes:
    found = [x509.load_der_x509_certificate(der) for der in ders]
    return encodebytes(pkcs7.serialize_certificates(found, Encoding.DER))


def test_a_chain_over_an_authority_in_between(peer: EstPeer) -> None:
    between, key = foreign_root("Between", ROOT), a_key()
    with scripted_https(lambda *_asked: Said(body=bundle(between.der, certified(between, key)))) as script:
        made = issued(towards(script, peer).request(a_named_order("x", key)))
    assert made.chain == (between.der, ROOT.der)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (Said(body=bundle(certified(ROOT, a_key()))), (Trouble.CA_MISMATCH, "key", True)),
        (Said(body=b"rubbish"), (Trouble.CA_MISMATCH, "unreadable", True)),
        (Said(body=b""), (Trouble.CA_MISMATCH, "unreadable", True)),
        (Said(status=302, headers=(("Location", "https://192.0.2.1/"),)), (Trouble.CA_REFUSED, "said_no", True)),
        (Said(status=400, body=b"no"), (Trouble.CA_REFUSED, "said_no", True)),
        (Said(status=503), (Trouble.CA_UNAVAILABLE, "HTTP 503", False)),
    ],
    ids=["another key", "rubbish", "nothing", "elsewhere", "refused", "busy"],
)
def test_answers_that_help_nobody(peer: EstPeer, said: Said, expected: tuple[Trouble, str, bool]) -> None:
    with scripted_https(lambda *_asked: said) as script:
        assert refusal(towards(script, peer).request(a_named_order("x", a_key()))) == expected
        assert len(script.heard) == 1


@pytest.mark.parametrize("said", [Said(body=b"0" * 10_000_000), Said(silent=True)], ids=["ten megabytes", "cut"])
def test_an_order_whose_answer_was_lost_is_not_given_again(peer: EstPeer, said: Said) -> None:
    with scripted_https(lambda *_asked: said) as script:
        ca, order = towards(script, peer), a_named_order("x", a_key())
        assert refusal(ca.request(order))[::2] == (Trouble.CA_UNAVAILABLE, False)
        effect = ca.effect_of(order)
        assert isinstance(effect, Unknown)
        assert (effect.why.detail, effect.whom) == ("lost_order", None)
        assert len(script.heard) == 1


@pytest.mark.parametrize(
    ("said", "asked"),
    [(Said(401), False), (Said(429), False), (Said(503), False), (Said(500), True), (Said(silent=True), True)],
    ids=["not let in", "too often", "shut", "broken", "cut"],
)
def test_whether_anybody_took_the_order_in(peer: EstPeer, *, said: Said, asked: bool) -> None:
    with scripted_https(lambda *_asked: said) as script:
        outcome = towards(script, peer).request(a_named_order("x", a_key()))
    assert isinstance(outcome, Refused)
    assert (outcome.permanent, outcome.asked) == (False, asked)


@pytest.mark.parametrize("said", ["7", "Mon, 23 Nov 2099 00:00:00 GMT", "soon", ""])
def test_it_is_asked_again_when_it_wishes_within_reason(peer: EstPeer, said: str) -> None:
    with scripted_https(lambda *_asked: Said(202, headers=(("Retry-After", said),))) as script:
        before = CLOCK.now()
        waiting = towards(script, peer).request(a_named_order("x", a_key()))
    assert isinstance(waiting, Waiting)
    assert waiting.look_again_at is not None
    assert before < waiting.look_again_at
    assert (waiting.look_again_at - CLOCK.now()).days < 1


def test_it_signs_in_with_a_certificate(peer: EstPeer) -> None:
    clients = foreign_root("Clients")
    pair: Pair = client_pair(clients)
    key = a_key()
    with scripted_https(lambda *_asked: Said(body=bundle(certified(ROOT, key))), clients=clients.pem) as script:
        typed = {**peer.values.plain, "address": script.address, "server_trusted": script.trust, "trusted": ROOT.pem}
        typed |= {"user": "", "certificate": pair.pem}
        values = ConnectorValues(peer.values.kind, "mutual", typed, {"password": "", "key": pair.key_pem})
        assert issued(unhurried(opened(values, CLOCK)).request(a_named_order("x", key)))


def test_nobody_there(peer: EstPeer) -> None:
    away = peer.connector(CLOCK, address=f"https://127.0.0.1:{free_port()}")
    outcome = away.request(a_named_order("x", a_key()))
    assert isinstance(outcome, Refused)
    assert (outcome.why.trouble, outcome.permanent, outcome.asked) == (Trouble.CA_UNAVAILABLE, False, False)


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"user": "", "password": ""}, "user"),
        ({"password": ""}, "password"),
        ({"certificate": ROOT.pem}, "key"),
        ({"address": "http://est.example"}, "address"),
    ],
    ids=["nobody", "no password", "no key", "no TLS"],
)
def test_settings_that_do_not_fit_together(peer: EstPeer, changed: dict[str, str], wrong: str) -> None:
    with pytest.raises(InvalidInput) as error:
        est_settings({**peer.values.all, **changed})
    assert list(error.value.fields) == [wrong]
