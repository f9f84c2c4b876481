"""The built-in authority by CMP, asked by OpenSSL's client."""

import subprocess
from typing import Any

import pytest
from cryptography import x509

from portal.bootstrap import BUILTIN_CA
from portal.domain.certificate import Revocation
from tests.support.cmp_peer import CmpPeer
from tests.support.pki import openssl
from tests.support.waiting import eventually

CMP = "/.well-known/cmp"
WISH: dict[str, dict[str, Any]] = {"cert_req": {"cert_req_id": 0, "cert_template": {"version": 2}}}


def worked(said_by_client: str) -> None:
    assert said_by_client.endswith("done"), said_by_client


def certificate(peer: CmpPeer, name: str) -> x509.Certificate:
    made = x509.load_pem_x509_certificate((peer.folder / name).read_bytes())
    made.verify_directly_issued_by(peer.ca.identity.certificate)
    return made


def standing(peer: CmpPeer, name: str) -> Revocation:
    return peer.ca.status(format(certificate(peer, name).serial_number, "x"))


@pytest.mark.parametrize("confirm", [(), ("-implicit_confirm",)], ids=["confirmed", "taken as confirmed"])
def test_openssl_enrols_with_a_request(peer: CmpPeer, confirm: tuple[str, ...]) -> None:
    worked(peer.client("-cmd", "p10cr", "-csr", "request.pem", "-certout", "made.pem", *confirm))
    made = certificate(peer, "made.pem")
    assert "Ёлка" in made.subject.rfc4514_string()
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["gate.example"]
    assert "made.pem: OK" in openssl(peer.folder, "verify", "-CAfile", "ca.pem", "made.pem")


def test_openssl_enrols_updates_and_revokes(peer: CmpPeer) -> None:
    wish = ("-newkey", "key.pem", "-subject", "/CN=gate/O=x", "-sans", "gate.example", "-certout", "first.pem")
    worked(peer.client("-cmd", "ir", *wish, "-cacertsout", "told.pem"))
    assert (peer.folder / "told.pem").read_bytes() == (peer.folder / "ca.pem").read_bytes()
    worked(peer.client("-cmd", "kur", "-oldcert", "first.pem", "-newkey", "next.pem", "-certout", "second.pem"))
    own = ("-cert", "second.pem", "-key", "next.pem")
    worked(peer.client("-cmd", "kur", *own, "-newkey", "key.pem", "-certout", "third.pem"))
    assert certificate(peer, "third.pem").subject == certificate(peer, "first.pem").subject
    worked(peer.client("-cmd", "rr", "-oldcert", "first.pem", "-revreason", "1"))
    assert standing(peer, "first.pem") is Revocation.REVOKED
    worked(peer.client("-cmd", "rr", "-cert", "third.pem", "-key", "key.pem", "-oldcert", "third.pem"))
    assert [standing(peer, f"{name}.pem") for name in ("second", "third")] == [Revocation.GOOD, Revocation.REVOKED]
    revoked = ("-cert", "third.pem", "-key", "key.pem", "-unprotected_errors")
    assert "signerNotTrusted" in peer.client("-cmd", "kur", *revoked, "-newkey", "next.pem", "-certout", "no.pem")


def test_a_hold_is_taken_back(peer: CmpPeer) -> None:
    worked(peer.client("-cmd", "cr", "-newkey", "key.pem", "-subject", "/CN=held", "-certout", "held.pem"))
    worked(peer.client("-cmd", "rr", "-oldcert", "held.pem", "-revreason", "6"))
    assert standing(peer, "held.pem") is Revocation.ON_HOLD
    assert "Certificate Hold" in listed(peer, "held.pem")
    worked(peer.client("-cmd", "rr", "-oldcert", "held.pem", "-revreason", "8"))
    assert standing(peer, "held.pem") is Revocation.GOOD
    assert listed(peer, "held.pem") == ""


def listed(peer: CmpPeer, name: str) -> str:
    """What the list of revoked certificates says of it, as OpenSSL reads that."""
    (peer.folder / "list.der").write_bytes(peer.ca.crl_der())
    read_aloud = openssl(
        peer.folder, "crl", "-inform", "DER", "-in", "list.der", "-noout", "-text", "-CAfile", "ca.pem"
    )
    number = f"Serial Number: {certificate(peer, name).serial_number:X}"
    return read_aloud.partition(number)[2].partition("Serial Number:")[0]


@pytest.mark.parametrize("approve", [True, False], ids=["yes", "no"])
def test_openssl_waits_for_an_approver(peer: CmpPeer, monkeypatch: pytest.MonkeyPatch, *, approve: bool) -> None:
    monkeypatch.setattr("portal.pki.cmp_desk._SOON", 1)
    store = peer.portal.ca_place.store
    store.switch(BUILTIN_CA, "signature", manual=True)
    (peer.folder / "late.pem").unlink(missing_ok=True)
    asks = peer.command("-cmd", "p10cr", "-csr", "request.pem", "-certout", "late.pem", label="signature")
    with subprocess.Popen(asks, cwd=peer.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as client:
        eventually(lambda: store.open_requests(BUILTIN_CA), "it asks")
        peer.decide(approve=approve)
        said_by_client, _nothing = client.communicate(timeout=180)
    assert (client.returncode == 0) is approve, said_by_client
    assert (peer.folder / "late.pem").exists() is approve
    assert approve or "не сегодня" in said_by_client


@pytest.mark.parametrize(
    ("how", "where", "why"),
    [
        ({"secret": "another"}, "vpn", "badMessageCheck"),
        ({}, "domain-logon", "notAuthorized"),
    ],
    ids=["secret", "template"],
)
def test_whom_it_sends_away(peer: CmpPeer, how: dict[str, str], where: str, why: str) -> None:
    said_by_client = peer.client("-cmd", "p10cr", "-csr", "request.pem", "-unprotected_errors", label=where, **how)
    assert said_by_client.endswith("failed")
    assert why in said_by_client


def test_openssl_is_told_who_we_are(peer: CmpPeer) -> None:
    worked(peer.client("-cmd", "genm", "-infotype", "caCerts"))
    worked(peer.client("-cmd", "genm"))
