"""The built-in authority by CMP, asked by OpenSSL's client; and what nobody but a test would send."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import core, csr
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as some
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.bootstrap import BUILTIN_CA
from portal.connectors.ca.cmp.envelope import MEDIA_TYPE, BadMessage, Head, Message, compose, read
from portal.connectors.ca.cmp.protection import PASSWORD_BASED, NotProven, Shared, signed_by
from portal.connectors.ca.cmp.status import Failure, Status, heard, said
from portal.connectors.ca.crmf import OLD_CERTIFICATE, Algorithm, CertId
from portal.db.models import AuditEntry
from portal.domain.audit import AuditTag
from portal.domain.certificate import Revocation
from portal.domain.outcomes import Done
from tests.support.cmp_peer import ACCOUNT, CmpPeer, a_cmp_peer
from tests.support.foreign_pki import client_pair, foreign_root
from tests.support.pki import Key, a_key, a_named_order, openssl
from tests.support.waiting import eventually

CMP = "/.well-known/cmp"
WISH: dict[str, dict[str, Any]] = {"cert_req": {"cert_req_id": 0, "cert_template": {"version": 2}}}


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory, empty_file: Path) -> Iterator[CmpPeer]:
    folder: Path = tmp_path_factory.mktemp("cmp")
    with a_cmp_peer(folder, empty_file) as found:
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        openssl(folder, "req", "-new", *curve, "-keyout", "key.pem", "-subj", "/CN=gate/O=Ёлка", "-utf8",
                "-addext", "subjectAltName=DNS:gate.example", "-out", "request.pem")  # fmt: skip
        openssl(folder, "ecparam", "-genkey", "-name", "prime256v1", "-out", "next.pem")
        yield found


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


def test_who_listened_to_the_end_of_a_hold_cannot_say_it_again(peer: CmpPeer) -> None:
    made = given_by(asked(peer, "p10cr", a_wish(a_key()), transaction=b"held"))
    serial, now = x509.load_der_x509_certificate(made).serial_number, peer.portal.clock.now().replace(microsecond=0)
    standings = []
    for sent_at in (None, now - timedelta(hours=1), datetime.max.replace(tzinfo=UTC), now):
        for reason in ("certificate_hold", "remove_from_crl"):
            entry = [{"extn_id": "crl_reason", "critical": False, "extn_value": reason}]
            content = [{"details": {"serial_number": serial}, "entry": entry}]
            head = Head(b"hold", at=sent_at and sent_at.replace(microsecond=0))
            answer = read(sent(peer, compose("rr", content, head, Shared(ACCOUNT.encode(), peer.secret.encode()))).data)
            standings.append((answer.kind, peer.ca.status(format(serial, "x"))))
    assert standings[:-2] == [("error", Revocation.GOOD)] * 6
    assert standings[-2:] == [("rp", Revocation.ON_HOLD), ("rp", Revocation.GOOD)]


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


def asked(
    peer: CmpPeer,
    kind: str,
    content: Any,
    *,
    transaction: bytes = b"t" * 16,
    path: str = f"{CMP}/p/vpn",
    by: Any = None,
) -> Message:
    protection = by or Shared(ACCOUNT.encode(), peer.secret.encode())
    response = sent(peer, compose(kind, content, Head(transaction), protection), f"{CMP}/p/vpn")
    assert response.status_code == 200, response.text
    return read(response.data)


def sent(peer: CmpPeer, data: bytes, path: str = CMP, kind: str = MEDIA_TYPE) -> TestResponse:
    return peer.app.test_client().post(path, data=data, content_type=kind)


def a_wish(key: Key) -> Any:
    return csr.CertificationRequest.load(a_named_order("x", key).request)


def given_by(answer: Message) -> bytes:
    (response,) = answer.content["response"]
    assert heard(response["status"]).granted, heard(response["status"])
    return bytes(response["pair"]["certificate"].chosen.untag().dump())


def failure(answer: Message) -> set[int]:
    status = answer.content["status"] if answer.kind == "error" else answer.content["response"][0]["status"]
    assert heard(status).status == Status.REJECTION
    return set(heard(status).failures)


def test_a_transaction_has_one_certificate(peer: CmpPeer) -> None:
    key = a_key()
    first = given_by(asked(peer, "p10cr", a_wish(key), transaction=b"once"))
    assert given_by(asked(peer, "p10cr", a_wish(key), transaction=b"once")) == first
    assert given_by(asked(peer, "pollreq", [{"cert_req_id": -1}], transaction=b"once")) == first
    assert failure(asked(peer, "p10cr", a_wish(a_key()), transaction=b"once")) == {Failure.TRANSACTION_IN_USE}
    assert given_by(asked(peer, "p10cr", a_wish(key), transaction=b"another")) != first


def test_what_nobody_wants_is_revoked(peer: CmpPeer) -> None:
    made = given_by(asked(peer, "p10cr", a_wish(a_key()), transaction=b"unwanted"))
    serial = format(x509.load_der_x509_certificate(made).serial_number, "x")
    wrong = [{"cert_hash": b"another", "cert_req_id": -1}]
    assert failure(asked(peer, "certconf", wrong, transaction=b"unwanted")) == {Failure.BAD_CERTIFICATE_ID}
    no = {"cert_hash": sha256(made).digest(), "cert_req_id": -1, "status": said(Status.REJECTION)}
    assert asked(peer, "certconf", [no], transaction=b"unwanted").kind == "pkiconf"
    assert peer.ca.status(serial) is Revocation.REVOKED


def test_certificates_of_others_are_out_of_reach(peer: CmpPeer) -> None:
    outcome = peer.ca.request(a_named_order("of the portal", a_key(), template="vpn"))
    assert isinstance(outcome, Done)
    theirs = x509.load_der_x509_certificate(outcome.reply.certificate)
    wish = {"details": {"serial_number": theirs.serial_number}}
    assert failure(asked(peer, "rr", [wish])) == {Failure.BAD_CERTIFICATE_ID}
    assert peer.ca.status(format(theirs.serial_number, "x")) is Revocation.GOOD


def test_who_signs_with_a_certificate_nobody_ordered_here(peer: CmpPeer) -> None:
    stranger = client_pair(foreign_root("Elsewhere"))
    (peer.folder / "stranger.pem").write_bytes(stranger.certificate.public_bytes(Encoding.PEM))
    (peer.folder / "stranger.key").write_text(stranger.key_pem)
    own = ("-cert", "stranger.pem", "-key", "stranger.key", "-unprotected_errors")
    assert "signerNotTrusted" in peer.client("-cmd", "kur", *own, "-newkey", "next.pem", "-certout", "no.pem")


@pytest.mark.parametrize(
    ("kind", "content", "expected"),
    [
        ("genp", [], Failure.BAD_REQUEST),
        ("pollreq", [{"cert_req_id": 0}], Failure.BAD_REQUEST),
        ("ir", [], Failure.BAD_REQUEST),
        ("rr", [], Failure.BAD_REQUEST),
        ("kur", [WISH], Failure.BAD_CERTIFICATE_ID),
        ("ir", [WISH], Failure.BAD_REQUEST),
        ("ir", [WISH, WISH], Failure.BAD_REQUEST),
    ],
    ids=["kind", "nothing ordered", "no request", "no revocation", "update of nothing", "no key", "two requests"],
)
def test_messages_that_make_no_sense(peer: CmpPeer, kind: str, content: Any, expected: Failure) -> None:
    assert failure(asked(peer, kind, content, transaction=b"senseless")) == {expected}


def test_an_error_over_there_ends_it(peer: CmpPeer) -> None:
    assert asked(peer, "error", {"status": said(Status.REJECTION)}).kind == "pkiconf"


def test_the_template_may_stand_in_the_message(peer: CmpPeer) -> None:
    head = Head(b"profiled", profile="vpn")
    data = compose("p10cr", a_wish(a_key()), head, Shared(ACCOUNT.encode(), peer.secret.encode()))
    assert given_by(read(sent(peer, data).data))


def test_a_program_of_est_has_no_secret_for_messages(peer: CmpPeer) -> None:
    password = peer.portal.enrolling_accounts.add("curl", ["vpn"])
    answer = asked(peer, "genm", [], by=Shared(b"curl", password.encode()))
    assert failure(answer) == {Failure.BAD_MESSAGE_CHECK}
    assert failure(read(sent(peer, compose("genm", [], Head(b"open"), None)).data)) == {Failure.WRONG_INTEGRITY}


def test_what_is_no_message(peer: CmpPeer) -> None:
    assert sent(peer, b"rubbish").status_code == 400
    assert sent(peer, b"rubbish", kind="text/plain").status_code == 415
    assert sent(peer, b"0" * 100_000).status_code == 413
    assert peer.app.test_client().get(CMP).status_code in {401, 404, 405}


def test_a_protection_nobody_can_read(peer: CmpPeer) -> None:
    data = compose("genm", [], Head(b"unread"), Shared(ACCOUNT.encode(), peer.secret.encode()))
    name = core.ObjectIdentifier(PASSWORD_BASED).dump()
    assert data.count(name) == 1
    assert sent(peer, data.replace(name, b"\x05" + name[1:])).status_code == 400


def test_a_certificate_nobody_can_read(peer: CmpPeer) -> None:
    odd = peer.ca.ca_certificate_der().replace(b"\x02\x01\x02", b"\x02\x01\x7f", 1)
    with pytest.raises(NotProven):
        signed_by(odd, Algorithm({"algorithm": "1.2.840.10045.4.3.2"}), b"said", b"signature")


SOMEBODY = asn1.Name.build({"common_name": "Peer"})
OLD = CertId({"issuer": asn1.GeneralName("directory_name", SOMEBODY), "serial_number": 7})
UPDATE = WISH["cert_req"] | {"controls": [{"type": OLD_CERTIFICATE, "value": core.Any(OLD)}]}
REVOKED = {"serial_number": 7, "issuer": SOMEBODY}
WHY = [{"extn_id": "crl_reason", "critical": False, "extn_value": "superseded"}]
GOOD = [
    compose(kind, content, Head(b"t" * 16), None)
    for kind, content in (
        ("p10cr", a_wish(a_key())),
        ("kur", [{"cert_req": UPDATE}]),
        ("rr", [{"details": REVOKED, "entry": WHY}]),
        ("certconf", [{"cert_hash": b"0" * 32, "cert_req_id": 0, "status": said(Status.ACCEPTED)}]),
    )
]
CHANGES = some.lists(some.tuples(some.integers(0, 300), some.integers(0, 3), some.binary(max_size=3)), min_size=1)


@settings(max_examples=200, deadline=None)
@given(good=some.integers(0, len(GOOD) - 1), changes=CHANGES)
def test_whatever_comes_is_answered(peer: CmpPeer, good: int, changes: list[tuple[int, int, bytes]]) -> None:
    """A good message with some bytes changed, cut or put in; its protection is made right again where it can be."""
    whole = bytearray(GOOD[good])
    for place, cut, put in changes:
        whole[place : place + cut] = put
    assert sent(peer, bytes(whole)).status_code in {200, 400}
    try:
        message = read(bytes(whole))
    except BadMessage:
        return
    protection = Shared(ACCOUNT.encode(), peer.secret.encode())
    again = compose(message.kind, message.content, Head(message.head.transaction), protection)
    assert sent(peer, again, f"{CMP}/p/vpn").status_code in {200, 400}


def test_what_a_program_was_given_is_written_down_once(peer: CmpPeer) -> None:
    made = x509.load_der_x509_certificate(given_by(asked(peer, "p10cr", a_wish(a_key()), transaction=b"written down")))
    serial = format(made.serial_number, "x")
    asked(peer, "pollreq", [{"cert_req_id": -1}], transaction=b"written down")
    for _again in range(2):
        assert asked(peer, "rr", [{"details": {"serial_number": made.serial_number}}]).kind == "rp"
    query = select(AuditEntry.tag, AuditEntry.actor, AuditEntry.particulars).order_by(AuditEntry.id)
    with peer.portal.database.read() as connection:
        lines = [line for line in connection.execute(query) if line.particulars.get("serial") == serial]
    assert [(line.tag, line.actor) for line in lines] == [
        (AuditTag.PROGRAM_CERTIFIED, ACCOUNT),
        (AuditTag.PROGRAM_REVOKED, ACCOUNT),
    ]
