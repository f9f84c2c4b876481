"""An authority by CMP: OpenSSL's server at the other end."""

from datetime import timedelta
from pathlib import Path

import pytest

from portal.connectors.ca.answering import HOLD
from portal.connectors.ca.cmp.authority import CmpAuthority
from portal.connectors.ca.cmp.suspending import SuspendingCmp
from portal.connectors.clock import SystemClock
from portal.domain.connector_fields import ON
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.outcomes import Done, Waiting
from portal.domain.troubles import Trouble
from portal.ports.certificate_authority import IssuedCertificate, RevocationOrder
from portal.ports.connectors import ConnectorValues
from tests.support.ca_answers import issued, refusal
from tests.support.cmp_mock import REFERENCE, SECRET, openssl_server
from tests.support.cmp_peer import unhurried_cmp
from tests.support.foreign_pki import Pair, certified, client_pair, foreign_root
from tests.support.native import Compiler
from tests.support.pki import a_key, a_named_order, serial_of

CLOCK = SystemClock()
ROOT = foreign_root("Over there")
KEY = a_key()
ORDER = a_named_order("one", KEY, template="vpn")
MADE = certified(ROOT, KEY)


def towards(address: str, *, pair: Pair | None = None, **typed: str) -> CmpAuthority:
    plain = {"address": address, "profiles": "vpn", "profile_in": "nowhere", "trusted": ROOT.pem}
    plain |= {"answer_seconds": "30", "poll_minutes": "5", "reference": REFERENCE, **typed}
    secrets = {"secret": plain.pop("secret", SECRET)}
    if pair:
        plain, secrets = {**plain, "reference": "", "certificate": pair.pem}, {"secret": "", "key": pair.key_pem}
    return unhurried_cmp(ConnectorValues(ConnectorKind.CA_CMP, "there", plain, secrets), CLOCK)


@pytest.mark.parametrize(
    ("implicit", "grants"),
    [("", ()), ("y", ("-grant_implicitconf",)), ("y", ())],
    ids=["confirmed", "taken as confirmed", "confirmed all the same"],
)
def test_it_orders_and_revokes(tmp_path: Path, compiler: Compiler, implicit: str, grants: tuple[str, ...]) -> None:
    with openssl_server(tmp_path, compiler, MADE, *grants) as address:
        ca = towards(address, implicit=implicit)
        made = issued(ca.request(ORDER))
        assert (made.certificate, made.chain) == (MADE, (ROOT.der,))
        assert isinstance(ca.revoke(RevocationOrder("r", serial_of(made), "superseded")), Done)


def test_it_holds_and_releases(tmp_path: Path, compiler: Compiler) -> None:
    with openssl_server(tmp_path, compiler, MADE) as address:
        ca, serial = towards(address, holds=ON), serial_of(IssuedCertificate(MADE))
        assert isinstance(ca, SuspendingCmp)
        assert isinstance(ca.revoke(RevocationOrder("h", serial, HOLD)), Done)
        assert isinstance(ca.release(RevocationOrder("r", serial)), Done)


def test_it_waits_by_a_ticket(tmp_path: Path, compiler: Compiler) -> None:
    with openssl_server(tmp_path, compiler, MADE, "-poll_count", "2", "-check_after", "7") as address:
        ca = towards(address)
        waiting = ca.request(ORDER)
        assert isinstance(waiting, Waiting)
        again = ca.look_up(waiting.ticket or "")
        assert isinstance(again, Waiting)
        assert again.look_again_at is not None
        assert again.look_again_at - CLOCK.now() <= timedelta(seconds=7)
        assert issued(ca.look_up(again.ticket or "")).certificate == MADE


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (("-pkistatus", "2", "-failure", "9", "-statusstring", "no"), (Trouble.CA_REFUSED, "said_no", True)),
        (("-pkistatus", "2", "-failure", "24"), (Trouble.CA_UNAVAILABLE, "", False)),
        (("-send_error",), (Trouble.CA_REFUSED, "said_no", True)),
        (("-pkistatus", "2", "-failure", "21"), (Trouble.CA_REFUSED, "lost_order", False)),
        (("-send_error", "-send_unprot_err"), (Trouble.CA_REFUSED, "not_let_in", False)),
        (("-send_unprotected",), (Trouble.CA_REFUSED, "not_let_in", False)),
    ],
    ids=["rejected", "away", "an error", "in use", "an error by anybody", "an answer by anybody"],
)
def test_it_says_no(
    tmp_path: Path, compiler: Compiler, said: tuple[str, ...], expected: tuple[Trouble, str, bool]
) -> None:
    with openssl_server(tmp_path, compiler, MADE, *said) as address:
        trouble, detail, permanent = refusal(towards(address).request(ORDER))
        assert (trouble, detail if expected[1] else "", permanent) == expected


def test_a_certificate_for_another_key(tmp_path: Path, compiler: Compiler) -> None:
    with openssl_server(tmp_path, compiler, certified(ROOT, a_key())) as address:
        assert refusal(towards(address).request(ORDER)) == (Trouble.CA_MISMATCH, "key", True)


def test_a_certificate_of_another_authority(tmp_path: Path, compiler: Compiler) -> None:
    with openssl_server(tmp_path, compiler, certified(foreign_root("Elsewhere"), KEY)) as address:
        assert refusal(towards(address).request(ORDER)) == (Trouble.CA_MISMATCH, "chain", True)


def test_a_secret_the_other_side_does_not_have(tmp_path: Path, compiler: Compiler) -> None:
    with openssl_server(tmp_path, compiler, MADE) as address:
        assert refusal(towards(address, secret="another").request(ORDER))[1:] == ("not_let_in", False)


def test_both_sides_sign(tmp_path: Path, compiler: Compiler) -> None:
    speaks, ours = client_pair(ROOT, "server"), client_pair(ROOT, "registration")
    (tmp_path / "speaks.pem").write_text(speaks.pem)
    (tmp_path / "speaks.key").write_text(speaks.key_pem)
    (tmp_path / "root.pem").write_text(ROOT.pem)
    signs = ("-srv_cert", "speaks.pem", "-srv_key", "speaks.key", "-srv_trusted", "root.pem")
    with openssl_server(tmp_path, compiler, MADE, *signs) as address:
        assert issued(towards(address, pair=ours, signers=speaks.pem).request(ORDER)).certificate == MADE
        stranger = towards(address, pair=ours).request(ORDER)  # whom the authority certifies may not speak for it
        assert refusal(stranger) == (Trouble.CA_REFUSED, "not_trusted", False)
