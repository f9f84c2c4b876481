"""What a built-in CA publishes: asked by programs, without cookies, over plain HTTP."""

from base64 import b64encode
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.x509 import ocsp

from portal.bootstrap import Portal
from portal.connectors.ca.builtin.setup import create_authority
from portal.domain.certificate import KeyAlgorithm
from tests.web.visits import Visit

OCSP = "application/ocsp-request"


@pytest.fixture
def ca(portal: Portal) -> x509.Certificate:
    subject = (("CN", "Ключник УЦ"),)
    made = create_authority(portal.ca_place, "main", subject=subject, algorithm=KeyAlgorithm.EC_P256)
    return x509.load_der_x509_certificate(made.ca_certificate_der())


@pytest.fixture
def question(ca: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return ocsp.OCSPRequestBuilder().add_certificate(ca, ca, SHA1()).build().public_bytes(Encoding.DER)  # noqa: S303


@pytest.mark.parametrize("path", ["ca.cer", "certificate"])
def test_its_certificate(stranger: Visit, ca: x509.Certificate, path: str) -> None:
    response = stranger.page(f"/pki/main/{path}")
    assert response.mimetype == "application/pkix-cert"
    assert x509.load_der_x509_certificate(response.data) == ca
    assert response.headers["Cache-Control"] == "public, max-age=300"


def test_its_revocation_list(stranger: Visit, ca: x509.Certificate) -> None:
    response = stranger.page("/pki/main/crl")
    assert response.mimetype == "application/pkix-crl"
    assert x509.load_der_x509_crl(response.data).issuer == ca.subject


def test_an_answer_to_a_question_in_the_body(stranger: Visit, ca: x509.Certificate, question: bytes) -> None:
    response = stranger.client.post("/pki/main/ocsp", data=question, content_type=OCSP)
    assert response.mimetype == "application/ocsp-response"
    assert ocsp.load_der_ocsp_response(response.data).response_status is ocsp.OCSPResponseStatus.SUCCESSFUL


def test_an_answer_to_a_question_in_the_address(stranger: Visit, question: bytes) -> None:
    response = stranger.page("/pki/main/ocsp/" + quote(b64encode(question).decode(), safe=""))
    assert ocsp.load_der_ocsp_response(response.data).response_status is ocsp.OCSPResponseStatus.SUCCESSFUL


def test_what_is_no_question(stranger: Visit, ca: x509.Certificate) -> None:
    malformed = stranger.client.post("/pki/main/ocsp", data=b"nonsense", content_type=OCSP)
    assert ocsp.load_der_ocsp_response(malformed.data).response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST
    assert stranger.client.post("/pki/main/ocsp", data=b"x", content_type="text/plain").status_code == 415
    assert stranger.client.post("/pki/main/ocsp", data=b"x" * 20_000, content_type=OCSP).status_code == 413
    assert stranger.page("/pki/main/ocsp/not*base64").status_code == 400


def test_a_ca_nobody_has(stranger: Visit) -> None:
    for path in ("/pki/nobody/crl", "/pki/nobody/ca.cer", "/pki/main/crl"):
        assert stranger.page(path).status_code == 404
