"""Revocation lists and OCSP answers, as OpenSSL judges them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from asn1crypto import ocsp as asn1_ocsp
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from hypothesis import given
from hypothesis import strategies as st

from portal.connectors.ca.builtin.authority import BuiltinAuthority
from portal.connectors.ca.builtin.setup import open_authority
from portal.connectors.clock import ShiftedClock
from portal.domain.certificate import KeyAlgorithm, Revocation
from portal.domain.outcomes import Done
from portal.ports.certificate_authority import IssuedCertificate, RevocationOrder
from tests.support.clock import FrozenClock
from tests.support.pki import (
    CA_NAME,
    a_key,
    a_place,
    an_authority,
    an_order,
    openssl,
    read,
    serial_of,
    write_pem,
)


class Quiet(WSGIRequestHandler):
    """Says nothing on the terminal."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        """Nothing."""


@contextmanager
def responder(ca: BuiltinAuthority) -> Iterator[str]:
    """The authority's OCSP answers over HTTP; its address."""

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        asked = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        start_response("200 OK", [("Content-Type", "application/ocsp-response")])
        return [ca.ocsp_answer(asked)]

    with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(params=[KeyAlgorithm.EC_P256, KeyAlgorithm.RSA_2048])
def ca(request: pytest.FixtureRequest, tmp_path: Path) -> BuiltinAuthority:
    authority = an_authority(a_place(f"sqlite:///{tmp_path}/ca.db", tmp_path), algorithm=request.param)
    write_pem(tmp_path, "ca.pem", authority.ca_certificate_der())
    return authority


def made(ca: BuiltinAuthority, order_id: str) -> IssuedCertificate:
    outcome = ca.request(an_order(order_id, a_key()))
    assert isinstance(outcome, Done), outcome
    return outcome.reply


def revoke(ca: BuiltinAuthority, issued: IssuedCertificate, reason: str = "superseded") -> None:
    assert isinstance(ca.revoke(RevocationOrder("r", serial_of(issued), reason)), Done)


def the_list(ca: BuiltinAuthority) -> x509.CertificateRevocationList:
    return x509.load_der_x509_crl(ca.crl_der())


def number(crl: x509.CertificateRevocationList) -> int:
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


class TestList:
    """Certificate revocation lists."""

    def verify(self, ca: BuiltinAuthority, folder: Path, issued: IssuedCertificate) -> str:
        write_pem(folder, "c.pem", issued.certificate)
        (folder / "crl.pem").write_bytes(the_list(ca).public_bytes(Encoding.PEM))
        told = ("-crl_check", "-CAfile", "ca.pem", "-CRLfile", "crl.pem", "c.pem")
        return openssl(folder, "verify", "-x509_strict", *told)

    def test_openssl_accepts_it_and_believes_it(self, ca: BuiltinAuthority, tmp_path: Path) -> None:
        good, bad = made(ca, "good"), made(ca, "bad")
        assert "c.pem: OK" in self.verify(ca, tmp_path, bad)
        revoke(ca, bad)
        assert "certificate revoked" in self.verify(ca, tmp_path, bad)
        assert "c.pem: OK" in self.verify(ca, tmp_path, good)
        assert "verify OK" in openssl(tmp_path, "crl", "-in", "crl.pem", "-CAfile", "ca.pem", "-noout")

    def test_it_says_when_and_why(self, ca: BuiltinAuthority) -> None:
        certificates = {reason: made(ca, reason) for reason in ("keyCompromise", "certificateHold", "unspecified")}
        for reason, issued in certificates.items():
            revoke(ca, issued, reason)
        crl = the_list(ca)
        entries = {
            reason: crl.get_revoked_certificate_by_serial_number(read(issued).serial_number)
            for reason, issued in certificates.items()
        }
        said = {reason: [e.value.reason.value for e in entry.extensions] for reason, entry in entries.items() if entry}
        assert said == {"keyCompromise": ["keyCompromise"], "certificateHold": ["certificateHold"], "unspecified": []}

    def test_a_new_list_is_made_when_there_is_news_and_not_else(self, ca: BuiltinAuthority) -> None:
        issued = made(ca, "one")
        first = ca.crl_der()
        assert ca.crl_der() == first
        revoke(ca, issued, "certificateHold")
        second = the_list(ca)
        revoke(ca, issued, "keyCompromise")
        third = the_list(ca)
        numbers = [number(x509.load_der_x509_crl(first)), number(second), number(third)]
        assert numbers == [1, 2, 3]
        assert len(third) == 1

    def test_a_hold_taken_back_leaves_the_list_and_is_told(self, ca: BuiltinAuthority, tmp_path: Path) -> None:
        issued, later = made(ca, "one"), made(ca, "two")
        revoke(ca, issued, "certificateHold")
        revoke(ca, later)
        held, mark = the_list(ca), ca.revoked_since(0)[0]
        assert "certificate revoked" in self.verify(ca, tmp_path, issued)
        assert isinstance(ca.release(RevocationOrder("r", serial_of(issued))), Done)
        assert number(the_list(ca)) == number(held) + 1
        assert "c.pem: OK" in self.verify(ca, tmp_path, issued)
        assert ca.revoked_since(mark)[1] == {serial_of(issued): Revocation.GOOD}
        revoke(ca, issued, "certificateHold")
        assert "certificate revoked" in self.verify(ca, tmp_path, issued)


def test_a_list_is_renewed_before_it_ends(tmp_path: Path, clock: FrozenClock) -> None:
    ca = an_authority(a_place(f"sqlite:///{tmp_path}/ca.db", tmp_path, clock))
    first = the_list(ca)
    clock.advance(hours=11)
    assert the_list(ca) == first
    clock.advance(hours=1)
    second = the_list(ca)
    assert number(second) == 2
    assert first.next_update_utc is not None
    assert first.next_update_utc > second.last_update_utc


def test_what_expired_leaves_the_list(tmp_path: Path, clock: FrozenClock) -> None:
    ca = an_authority(a_place(f"sqlite:///{tmp_path}/ca.db", tmp_path, clock))
    revoke(ca, made(ca, "one"))
    clock.advance(days=365)
    assert len(the_list(ca)) == 1
    clock.advance(days=2)
    assert len(the_list(ca)) == 0


class TestOcsp:
    """Answers after RFC 6960."""

    def ask(self, ca: BuiltinAuthority, folder: Path, issued: IssuedCertificate, *more: str) -> str:
        write_pem(folder, "c.pem", issued.certificate)
        with responder(ca) as address:
            told = ("-issuer", "ca.pem", "-cert", "c.pem", "-CAfile", "ca.pem", "-url", address)
            return openssl(folder, "ocsp", *more, *told)

    @pytest.mark.parametrize("digest", ["-sha1", "-sha256"])
    def test_openssl_accepts_it(self, ca: BuiltinAuthority, tmp_path: Path, digest: str) -> None:
        issued = made(ca, "one")
        said = self.ask(ca, tmp_path, issued, digest)
        assert "Response verify OK" in said
        assert "c.pem: good" in said
        assert "no nonce" not in said
        assert "nonce" not in said.lower()  # it complains of one that is missing or another
        revoke(ca, issued, "keyCompromise")
        said = self.ask(ca, tmp_path, issued, digest)
        assert "Response verify OK" in said
        assert "c.pem: revoked" in said
        assert "Reason: keyCompromise" in said

    def test_a_certificate_it_never_issued_is_unknown(self, ca: BuiltinAuthority, tmp_path: Path) -> None:
        stranger = an_authority(a_place(f"sqlite:///{tmp_path}/other.db", tmp_path / "other"))
        assert "c.pem: unknown" in self.ask(ca, tmp_path, made(stranger, "one"))

    def test_it_does_not_speak_for_others(self, ca: BuiltinAuthority, tmp_path: Path) -> None:
        stranger = an_authority(a_place(f"sqlite:///{tmp_path}/other.db", tmp_path / "other"))
        issued = read(made(stranger, "one"))
        issuer = x509.load_der_x509_certificate(stranger.ca_certificate_der())
        request = ocsp.OCSPRequestBuilder().add_certificate(issued, issuer, SHA256()).build()
        answer = ocsp.load_der_ocsp_response(ca.ocsp_answer(request.public_bytes(Encoding.DER)))
        assert answer.response_status is ocsp.OCSPResponseStatus.UNAUTHORIZED

    @pytest.mark.parametrize("digest", [SHA1(), SHA256()], ids=["sha1", "sha256"])  # noqa: S303 - names a key
    def test_the_nonce_comes_back(self, ca: BuiltinAuthority, digest: HashAlgorithm) -> None:
        issuer = x509.load_der_x509_certificate(ca.ca_certificate_der())
        builder = ocsp.OCSPRequestBuilder().add_certificate(read(made(ca, "one")), issuer, digest)
        request = builder.add_extension(x509.OCSPNonce(b"n" * 32), critical=False).build()
        answer = ocsp.load_der_ocsp_response(ca.ocsp_answer(request.public_bytes(Encoding.DER)))
        assert answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == b"n" * 32
        assert answer.certificate_status is ocsp.OCSPCertStatus.GOOD

    def test_its_responder_may_do_that_and_nothing_else(self, ca: BuiltinAuthority) -> None:
        certificate = x509.load_der_x509_certificate(ca.responder())
        certificate.verify_directly_issued_by(x509.load_der_x509_certificate(ca.ca_certificate_der()))
        extended = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert list(extended) == [x509.oid.ExtendedKeyUsageOID.OCSP_SIGNING]
        assert certificate.extensions.get_extension_for_class(x509.OCSPNoCheck)
        assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_nobody_can_order_a_responder(tmp_path: Path) -> None:
    ca = an_authority(a_place(f"sqlite:///{tmp_path}/ca.db", tmp_path))
    assert not isinstance(ca.request(an_order("one", a_key(), template="ocsp-responder")), Done)


def test_the_responder_is_renewed_in_good_time(tmp_path: Path, clock: FrozenClock) -> None:
    ca = an_authority(a_place(f"sqlite:///{tmp_path}/ca.db", tmp_path, clock))
    first = ca.responder()
    clock.advance(days=300)
    assert ca.responder() == first
    clock.advance(days=36)
    second = ca.responder()
    assert second != first
    assert ca.responder() == second


def test_an_authority_made_as_of_long_ago_answers_today(tmp_path: Path) -> None:
    place = a_place(f"sqlite:///{tmp_path}/ca.db", tmp_path, ShiftedClock(-timedelta(days=900)))
    issued = made(an_authority(place), "old")
    assert read(issued).not_valid_after_utc < datetime.now(UTC)
    today = open_authority(a_place(f"sqlite:///{tmp_path}/ca.db", tmp_path), CA_NAME)
    assert today is not None
    write_pem(tmp_path, "ca.pem", today.ca_certificate_der())
    write_pem(tmp_path, "c.pem", made(today, "new").certificate)
    with responder(today) as address:
        told = ("-issuer", "ca.pem", "-cert", "c.pem", "-CAfile", "ca.pem", "-url", address)
        assert "Response verify OK" in openssl(tmp_path, "ocsp", *told)


@pytest.fixture(scope="module")
def sturdy(tmp_path_factory: pytest.TempPathFactory) -> BuiltinAuthority:
    folder = tmp_path_factory.mktemp("sturdy")
    return an_authority(a_place(f"sqlite:///{folder}/ca.db", folder))


def a_question(ca: BuiltinAuthority) -> bytes:
    issuer = x509.load_der_x509_certificate(ca.ca_certificate_der())
    builder = ocsp.OCSPRequestBuilder().add_certificate(issuer, issuer, SHA256())
    return builder.add_extension(x509.OCSPNonce(b"nonce"), critical=False).build().public_bytes(Encoding.DER)


@pytest.mark.parametrize("junk", [b"", b"junk", b"\x30\x00", b"\x30" * 100_000])
def test_junk_is_told_to_be_junk(sturdy: BuiltinAuthority, junk: bytes) -> None:
    answer = ocsp.load_der_ocsp_response(sturdy.ocsp_answer(junk))
    assert answer.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST


def test_two_questions_at_once_are_one_too_many(sturdy: BuiltinAuthority) -> None:
    asked = asn1_ocsp.OCSPRequest.load(a_question(sturdy))
    questions = asked["tbs_request"]["request_list"]
    questions.append(questions[0].copy())
    answer = ocsp.load_der_ocsp_response(sturdy.ocsp_answer(asked.dump(force=True)))
    assert answer.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4))
def test_whatever_is_asked_is_answered(sturdy: BuiltinAuthority, damage: list[tuple[int, int]]) -> None:
    question = bytearray(a_question(sturdy))
    for place, value in damage:
        question[place % len(question)] = value
    ocsp.load_der_ocsp_response(sturdy.ocsp_answer(bytes(question)))
