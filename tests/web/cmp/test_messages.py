"""The built-in authority by CMP: messages nobody but a test would send."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from asn1crypto import core
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as some
from sqlalchemy import select

from portal.connectors.ca.cmp.envelope import BadMessage, Head, compose, read
from portal.connectors.ca.cmp.protection import PASSWORD_BASED, NotProven, Shared, signed_by
from portal.connectors.ca.cmp.status import Failure, Status, said
from portal.connectors.ca.crmf import OLD_CERTIFICATE, Algorithm, CertId
from portal.db.models import AuditEntry
from portal.domain.audit import AuditTag
from portal.domain.certificate import Revocation
from portal.domain.outcomes import Done
from tests.support.cmp_peer import ACCOUNT, CmpPeer
from tests.support.foreign_pki import client_pair, foreign_root
from tests.support.pki import a_key, a_named_order
from tests.web.cmp.talking import CMP, a_wish, asked, failure, given_by, sent

WISH: dict[str, dict[str, Any]] = {"cert_req": {"cert_req_id": 0, "cert_template": {"version": 2}}}


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
