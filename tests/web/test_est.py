"""The built-in authority by EST, asked by programs we did not write: strongSwan's pki, and curl with OpenSSL."""

import subprocess
from base64 import b64encode
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.bootstrap import BUILTIN_CA, Portal
from portal.connectors.ca.builtin.setup import create_authority
from portal.connectors.ca.certificates import certificates_of
from portal.db.models import AuditEntry
from portal.domain.audit import AuditTag
from portal.domain.certificate import KeyAlgorithm
from portal.services.enrolling_door import PER_ADDRESS
from tests.support.clock import FrozenClock
from tests.support.est_peer import served
from tests.support.pki import a_key, a_named_order, openssl
from tests.support.processes import find_program
from tests.web.visits import Visit

EST = "/.well-known/est"


@pytest.fixture
def ca(portal: Portal) -> x509.Certificate:
    made = create_authority(portal.ca_place, BUILTIN_CA, subject=(("CN", "Key CA"),), algorithm=KeyAlgorithm.EC_P256)
    return x509.load_der_x509_certificate(made.ca_certificate_der())


@pytest.fixture
def password(portal: Portal, ca: x509.Certificate) -> str:
    return portal.enrolling_accounts.add("router", ["vpn", "signature"])


def ordered(stranger: Visit, password: str, request: bytes, how: str = "vpn/simpleenroll") -> TestResponse:
    told = b64encode(f"router:{password}".encode()).decode()
    return stranger.client.post(
        f"{EST}/{how}",
        data=b64encode(request),
        content_type="application/pkcs10",
        headers={"Authorization": f"Basic {told}"},
    )


def certificate(response: TestResponse) -> x509.Certificate:
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "application/pkcs7-mime; smime-type=certs-only"
    (der,) = certificates_of(response.data)
    return x509.load_der_x509_certificate(der)


def test_its_own_certificate(stranger: Visit, ca: x509.Certificate) -> None:
    assert certificate(stranger.client.get(f"{EST}/cacerts")) == ca
    assert certificate(stranger.client.get(f"{EST}/vpn/cacerts")) == ca
    assert stranger.client.get(f"{EST}/csrattrs").status_code == 204


def test_the_same_request_is_issued_once(stranger: Visit, password: str) -> None:
    request = a_named_order("x", a_key()).request
    first = certificate(ordered(stranger, password, request))
    assert certificate(ordered(stranger, password, request)) == first
    renewed = certificate(ordered(stranger, password, request, "vpn/simplereenroll"))
    assert renewed != first
    assert certificate(ordered(stranger, password, request, "vpn/simplereenroll")) == renewed


def test_a_request_nobody_can_read(stranger: Visit, password: str) -> None:
    request = a_named_order("x", a_key()).request
    version, names = request.replace(b"\x02\x01\x00", b"\x02\x01\x7f", 1), request.replace(b"\x81", b"\x85", 1)
    assert ordered(stranger, password, version).status_code == 400
    assert ordered(stranger, password, names).status_code == 400


def test_a_certificate_is_for_the_names_in_the_request(stranger: Visit, password: str, ca: x509.Certificate) -> None:
    made = certificate(ordered(stranger, password, a_named_order("x", a_key()).request))
    made.verify_directly_issued_by(ca)
    assert "Ёлкина Юлия Юрьевна" in made.subject.rfc4514_string()
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.RFC822Name) == ["elkina@key.example"]


def test_who_is_not_let_in(stranger: Visit, password: str, portal: Portal) -> None:
    request = a_named_order("x", a_key()).request
    wrong = ordered(stranger, "wrong", request)
    assert (wrong.status_code, wrong.headers["WWW-Authenticate"][:5]) == (401, "Basic")
    assert stranger.client.post(f"{EST}/vpn/simpleenroll", data=request).status_code == 401
    assert ordered(stranger, password, request, "domain-logon/simpleenroll").status_code == 403
    assert ordered(stranger, password, request, "simpleenroll").status_code == 403
    assert portal.enrolling_accounts.remove("router")
    assert ordered(stranger, password, request).status_code == 401


def test_what_cannot_be_issued(stranger: Visit, password: str) -> None:
    good = a_named_order("x", a_key()).request
    for spoilt in (b"rubbish", good[:-1] + bytes([good[-1] ^ 1])):
        assert ordered(stranger, password, spoilt).status_code == 400
    assert ordered(stranger, password, b"0" * 100_000).status_code == 413


def test_an_order_that_waits_for_a_person(stranger: Visit, password: str, portal: Portal) -> None:
    portal.approvals.switch("vpn", manual=True, actor="administrator")
    request = a_named_order("x", a_key()).request
    waiting = ordered(stranger, password, request)
    assert (waiting.status_code, waiting.headers["Retry-After"]) == (202, "60")
    (pending,) = portal.approvals.waiting()
    portal.approvals.decide(pending.request.order_id, approve=True, comment="", actor="administrator")
    assert certificate(ordered(stranger, password, request))


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[bytes]:
    program = str(find_program(command[0]))
    return subprocess.run([program, *command[1:]], cwd=folder, capture_output=True, timeout=180, check=False)


def test_strongswan_enrols(app: Flask, portal: Portal, ca: x509.Certificate, tmp_path: Path) -> None:
    password = portal.enrolling_accounts.add("gate", ["vpn"])  # it knows no labels: one template needs none
    (tmp_path / "ca.pem").write_bytes(ca.public_bytes(Encoding.PEM))
    openssl(tmp_path, "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "k.pem", "-subj", "/CN=gate.example",
            "-outform", "DER", "-out", "request.der")  # fmt: skip
    with served(app, tmp_path) as (port, _trust):
        done = run(
            tmp_path, "pki", "--est", "--url", f"https://127.0.0.1:{port}", "--in", "request.der",
            "--cacert", "root.pem", "--cacert", "ca.pem", "--userpass", f"gate:{password}", "--outform", "pem",
        )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    (tmp_path / "made.pem").write_bytes(done.stdout)
    assert "made.pem: OK" in openssl(tmp_path, "verify", "-CAfile", "ca.pem", "made.pem")
    assert "gate.example" in openssl(tmp_path, "x509", "-in", "made.pem", "-noout", "-subject")


def test_curl_and_openssl_enrol(app: Flask, password: str, tmp_path: Path) -> None:
    openssl(tmp_path, "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "k.pem", "-subj", "/CN=gate.example",
            "-outform", "DER", "-out", "request.der")  # fmt: skip
    openssl(tmp_path, "base64", "-in", "request.der", "-out", "request.b64")
    with served(app, tmp_path) as (port, _trust):
        base = f"https://127.0.0.1:{port}{EST}"
        common = ("curl", "--silent", "--show-error", "--fail", "--noproxy", "*", "--cacert", "root.pem")
        assert run(tmp_path, *common, "-o", "ca.b64", f"{base}/cacerts").returncode == 0
        done = run(
            tmp_path, *common, "-u", f"router:{password}", "-H", "Content-Type: application/pkcs10",
            "--data-binary", "@request.b64", "-o", "made.b64", f"{base}/vpn/simpleenroll",
        )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    for name in ("ca", "made"):
        openssl(tmp_path, "base64", "-d", "-A", "-in", f"{name}.b64", "-out", f"{name}.p7")
        openssl(tmp_path, "pkcs7", "-inform", "DER", "-in", f"{name}.p7", "-print_certs", "-out", f"{name}.pem")
    assert "made.pem: OK" in openssl(tmp_path, "verify", "-CAfile", "ca.pem", "made.pem")


def test_each_certificate_is_written_down_once(stranger: Visit, portal: Portal, password: str) -> None:
    request = a_named_order("x", a_key()).request
    for how in ("vpn/simpleenroll", "vpn/simpleenroll", "vpn/simplereenroll"):
        certificate(ordered(stranger, password, request, how))
    query = select(AuditEntry.actor, AuditEntry.particulars).where(AuditEntry.tag == AuditTag.PROGRAM_CERTIFIED.value)
    with portal.database.read() as connection:
        told = connection.execute(query.order_by(AuditEntry.id)).all()
    assert [row.actor for row in told] == ["router", "router"]
    assert "Ёлкина" in told[0].particulars["holder"]


def test_who_guesses_waits(stranger: Visit, password: str, clock: FrozenClock) -> None:
    request = a_named_order("x", a_key()).request
    for _guess in range(PER_ADDRESS.free + 1):
        assert ordered(stranger, "wrong", request).status_code == 401
    shut = ordered(stranger, password, request)
    assert shut.status_code == 429
    clock.advance(seconds=int(shut.headers["Retry-After"]))
    assert ordered(stranger, password, request).status_code == 200
