"""An authority by CMP, with our own at the other end."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from portal.bootstrap import BUILTIN_CA
from portal.connectors.ca.answering import HOLD
from portal.connectors.ca.cmp.opening import checked
from portal.connectors.ca.cmp.status import Failure, Status, said
from portal.connectors.ca.cmp.suspending import SuspendingCmp
from portal.connectors.clock import SystemClock
from portal.domain.certificate import Revocation
from portal.domain.outcomes import Absent, Accepted, Done, Happened, Refused, Unknown, Waiting
from portal.domain.troubles import Trouble
from portal.ports.certificate_authority import RevocationOrder, Suspender
from portal.ports.connectors import TraceStep
from tests.support.ca_answers import issued, refusal
from tests.support.cmp_answers import ROOT, a_server, by_secret
from tests.support.cmp_peer import CmpPeer, a_cmp_peer
from tests.support.foreign_pki import Pair
from tests.support.pki import a_key, a_named_order, serial_of
from tests.support.pki import read as read_certificate
from tests.support.ports import free_port
from tests.support.unhurried import check_without_hurry

CLOCK = SystemClock()


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory, empty_file: Path) -> Iterator[CmpPeer]:
    folder: Path = tmp_path_factory.mktemp("cmp")
    with a_cmp_peer(folder, empty_file) as found:
        yield found


@pytest.mark.parametrize("where", ["address", "message"])
@pytest.mark.parametrize("implicit", ["", "y"], ids=["confirmed", "taken as confirmed"])
def test_a_certificate_comes_with_its_chain(peer: CmpPeer, where: str, implicit: str) -> None:
    address = peer.values.plain["address"] if where == "address" else f"{peer.address}/.well-known/cmp"
    ca = peer.connector(CLOCK, address=address, profile_in=where, implicit=implicit)
    made = issued(ca.request(a_named_order("x", a_key(), template="vpn")))
    assert made.chain == (peer.ca.ca_certificate_der(),)


@pytest.mark.parametrize("approve", [True, False], ids=["yes", "no"])
def test_an_order_that_waits_there_is_asked_about_by_its_ticket(peer: CmpPeer, *, approve: bool) -> None:
    peer.portal.ca_place.store.switch(BUILTIN_CA, "signature", manual=True)
    ca, order = peer.connector(CLOCK), a_named_order("x", a_key(), template="signature")
    waiting = ca.request(order)
    assert isinstance(waiting, Waiting)
    assert waiting.ticket
    assert len(waiting.ticket) <= 500
    again = ca.look_up(waiting.ticket)
    assert isinstance(again, Waiting)
    assert again.ticket
    assert isinstance(ca.effect_of(order), Accepted)
    peer.decide(approve=approve)
    outcome = ca.look_up(again.ticket)
    if not approve:
        assert refusal(outcome) == (Trouble.CA_REFUSED, "said_no", True)
        return
    made = issued(outcome)
    assert (issued(ca.request(order)), ca.effect_of(order)) == (made, Happened(made))


def test_what_became_of_an_order_whose_answer_was_lost(peer: CmpPeer) -> None:
    ca, order = peer.connector(CLOCK), a_named_order("x", a_key(), template="vpn")
    assert ca.effect_of(order) == Absent()
    made = issued(ca.request(order))
    assert ca.effect_of(order) == Happened(made)
    forgetful = peer.connector(CLOCK, remembers="")
    assert forgetful.effect_of(order) == Happened(made)
    effect = forgetful.effect_of(a_named_order("y", a_key(), template="vpn"))
    assert isinstance(effect, Unknown)
    assert (effect.why.detail, effect.whom) == ("lost_order", None)


def test_tickets_of_others(peer: CmpPeer) -> None:
    ca = peer.connector(CLOCK)
    assert refusal(ca.look_up("no ticket of ours")) == (Trouble.CA_REFUSED, "unknown_ticket", True)
    assert refusal(ca.look_up("00.11..0.vpn")) == (Trouble.CA_REFUSED, "unknown_ticket", False)


def test_it_revokes_and_sees_it_in_the_list(peer: CmpPeer) -> None:
    ca = peer.connector(CLOCK)
    serial = serial_of(issued(ca.request(a_named_order("x", a_key(), template="vpn"))))
    assert ca.status(serial) is Revocation.GOOD
    assert isinstance(ca.revoke(RevocationOrder("r", serial, "keyCompromise")), Done)
    assert ca.status(serial) is Revocation.REVOKED


def test_a_hold_is_in_the_list_until_it_is_taken_back(peer: CmpPeer) -> None:
    ca = peer.connector(CLOCK)
    assert isinstance(ca, SuspendingCmp)
    serial = serial_of(issued(ca.request(a_named_order("x", a_key(), template="vpn"))))
    assert isinstance(ca.revoke(RevocationOrder("h", serial, HOLD)), Done)
    assert ca.status(serial) is Revocation.ON_HOLD
    assert isinstance(ca.release(RevocationOrder("r", serial)), Done)
    assert ca.status(serial) is Revocation.GOOD
    ca.revoke(RevocationOrder("r", serial, "keyCompromise"))
    assert refusal(ca.release(RevocationOrder("r", serial))) == (Trouble.CA_REFUSED, "revoked_for_good", True)
    assert refusal(ca.release(RevocationOrder("r", "1f"))) == (Trouble.CA_REFUSED, "unknown_serial", True)


def test_a_server_that_holds_nothing_is_not_asked_to(peer: CmpPeer) -> None:
    ca = peer.connector(CLOCK, holds="")
    assert not isinstance(ca, Suspender)
    assert refusal(ca.revoke(RevocationOrder("h", "1f", HOLD))) == (Trouble.CA_REFUSED, "no_hold", True)
    for one in (ca, peer.connector(CLOCK)):
        taken_back = RevocationOrder("r", "1f", "removeFromCRL")
        assert refusal(one.revoke(taken_back)) == (Trouble.CA_REFUSED, "unknown_reason", True)


def test_what_it_calls_revoked_and_its_list_still_held_is_asked_again(peer: CmpPeer) -> None:
    serial = serial_of(issued(peer.connector(CLOCK).request(a_named_order("x", a_key(), template="vpn"))))
    peer.ca.revoke(RevocationOrder("h", serial, HOLD))
    before = {"status": [said(Status.REJECTION, Failure.CERTIFICATE_REVOKED)]}
    with a_server(by_secret("rp", before)) as (ca, heard):
        torn = replace(ca, listed=peer.connector(CLOCK).listed)
        assert refusal(torn.revoke(RevocationOrder("f", serial, "superseded"))) == (
            Trouble.CA_REFUSED,
            "said_no",
            False,
        )
        peer.ca.revoke(RevocationOrder("f", serial, "superseded"))
        assert isinstance(torn.revoke(RevocationOrder("f", serial, "superseded")), Done)
    assert heard == ["rr", "rr"]


@pytest.mark.parametrize(
    ("serial", "reason", "detail"),
    [("1f", "superseded", "unknown_serial"), ("no", "superseded", "unknown_serial"), ("1f", "mood", "unknown_reason")],
    ids=["never issued", "no number", "reason"],
)
def test_revocations_nobody_can_carry_out(peer: CmpPeer, serial: str, reason: str, detail: str) -> None:
    outcome = peer.connector(CLOCK).revoke(RevocationOrder("r", serial, reason))
    assert refusal(outcome) == (Trouble.CA_REFUSED, detail, True)


@pytest.mark.parametrize(
    ("typed", "detail"),
    [
        ({"secret": "wrong"}, "not_let_in"),
        ({"reference": "nobody"}, "not_let_in"),
        ({"server_trusted": ROOT.pem}, "not_trusted"),
    ],
    ids=["secret", "reference", "trust"],
)
def test_a_door_that_stays_shut_is_tried_again(peer: CmpPeer, typed: dict[str, str], detail: str) -> None:
    outcome = peer.connector(CLOCK, **typed).request(a_named_order("x", a_key(), template="vpn"))
    assert refusal(outcome) == (Trouble.CA_REFUSED, detail, False)


def test_both_sides_sign_and_the_other_is_whom_the_authority_named_for_it(peer: CmpPeer) -> None:
    key = a_key()
    made = issued(peer.connector(CLOCK).request(a_named_order("x", key, template="vpn")))
    own = Pair(read_certificate(made), key)
    signs = peer.connector(CLOCK, reference="", secret="", certificate=own.pem, key=own.key_pem)
    outcome = signs.request(a_named_order("y", a_key(), template="vpn"))
    assert refusal(outcome) == (Trouble.CA_REFUSED, "not_let_in", False)
    assert isinstance(outcome, Refused)
    assert "others need a secret" in outcome.why.get("about")
    assert isinstance(signs.revoke(RevocationOrder("r", serial_of(made))), Done)


def test_a_template_it_may_not_order(peer: CmpPeer) -> None:
    outcome = peer.connector(CLOCK).request(a_named_order("x", a_key()))
    assert refusal(outcome) == (Trouble.CA_REFUSED, "not_let_in", False)


def test_a_spoilt_request_is_refused_for_good(peer: CmpPeer) -> None:
    order = a_named_order("x", a_key(), template="vpn")
    spoilt = replace(order, request=order.request[:-1] + bytes([order.request[-1] ^ 1]))
    assert refusal(peer.connector(CLOCK).request(spoilt)) == (Trouble.CA_REFUSED, "said_no", True)


def test_a_certificate_that_leads_elsewhere_is_given_back(peer: CmpPeer) -> None:
    order = a_named_order("x", a_key(), template="vpn")
    elsewhere = peer.connector(CLOCK, trusted=ROOT.pem)
    assert refusal(elsewhere.request(order)) == (Trouble.CA_MISMATCH, "chain", True)
    found = peer.connector(CLOCK).effect_of(order)
    assert isinstance(found, Happened)
    assert peer.ca.status(serial_of(found.reply)) is Revocation.REVOKED


def test_a_check_tells_how_far_it_got(peer: CmpPeer, monkeypatch: pytest.MonkeyPatch) -> None:
    check_without_hurry(monkeypatch, "cmp")
    steps = [TraceStep.CONNECT, TraceStep.SIGN_IN, TraceStep.CERTIFICATES]
    assert [(line.what, line.ok) for line in checked(peer.values, CLOCK)] == [(step, True) for step in steps]
    for name, step in (("server_trusted", TraceStep.TLS), ("trusted", TraceStep.CERTIFICATES)):
        typed = replace(peer.values, plain={**peer.values.plain, name: ROOT.pem})
        assert (checked(typed, CLOCK)[-1].what, checked(typed, CLOCK)[-1].ok) == (step, False)
    wrong = replace(peer.values, secrets={"secret": "wrong"})
    assert (checked(wrong, CLOCK)[-1].what, checked(wrong, CLOCK)[-1].ok) == (TraceStep.SIGN_IN, False)


def test_nobody_there(peer: CmpPeer) -> None:
    away = peer.connector(CLOCK, address=f"https://127.0.0.1:{free_port()}/cmp")
    assert refusal(away.request(a_named_order("x", a_key())))[::2] == (Trouble.CA_UNAVAILABLE, False)
