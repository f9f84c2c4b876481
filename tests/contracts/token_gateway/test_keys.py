"""Keys and the requests they sign."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portal.domain.certificate import KeyAlgorithm
from portal.domain.contents import TokenContents
from portal.domain.troubles import Trouble
from portal.ports.token import SignRequest, TokenGateway
from tests.contracts.token_gateway.rigs import (
    EVERYWHERE,
    ONE,
    SUBJECT,
    WITH_CUTS,
    Rig,
    contents_of,
    done,
    generated,
    refused,
)

MAIL = (("emailAddress", "ivanov@example.org"),)
everywhere = pytest.mark.parametrize("rig", EVERYWHERE, indirect=True)
NAMES = (("email", "ivanov@example.org"), ("upn", "иванов@example.org"), ("dns", "pc1.example.org"))


@everywhere
def test_an_empty_token_reads_as_empty(gateway: TokenGateway, rig: Rig) -> None:
    assert contents_of(gateway) == TokenContents(rig.serial, (), (), complete=True)


@pytest.mark.parametrize("algorithm", KeyAlgorithm)
def test_a_generated_key_signs_its_request(gateway: TokenGateway, algorithm: KeyAlgorithm) -> None:
    public = generated(gateway, ONE, algorithm)
    reply = done(gateway.carry_out(SignRequest(ONE, SUBJECT + MAIL, NAMES)))
    request = x509.load_der_x509_csr(reply.request)
    assert request.is_signature_valid
    assert request.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == public
    (key,) = contents_of(gateway).keys
    assert (key.key_id, key.label, key.algorithm, key.public, key.private) == (
        *(ONE, "Ключ", algorithm.value),
        *(True, True),
    )


@everywhere
def test_a_request_carries_subject_and_names(gateway: TokenGateway) -> None:
    generated(gateway)
    request = x509.load_der_x509_csr(done(gateway.carry_out(SignRequest(ONE, SUBJECT + MAIL, NAMES))).request)
    assert [one.value for one in request.subject] == [value for _, value in SUBJECT + MAIL]
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.RFC822Name) == ["ivanov@example.org"]
    assert names.get_values_for_type(x509.DNSName) == ["pc1.example.org"]
    (upn,) = names.get_values_for_type(x509.OtherName)
    assert upn.value == b"\x0c" + bytes([len("иванов@example.org".encode())]) + "иванов@example.org".encode()


@everywhere
@pytest.mark.parametrize(
    ("subject", "alternative", "field"),
    [
        ((("emailAddress", "иванов@example.org"),), (), "emailAddress"),
        ((("C", "Россия"),), (), "C"),
        ((("CN", ""),), (), "CN"),
        ((("shoeSize", "43"),), (), "shoeSize"),
        (SUBJECT, (("email", "иванов@example.org"),), "email"),
        (SUBJECT, (("fax", "1"),), "fax"),
    ],
)
def test_a_name_no_certificate_can_hold_is_named(
    gateway: TokenGateway,
    subject: tuple[tuple[str, str], ...],
    alternative: tuple[tuple[str, str], ...],
    field: str,
) -> None:
    generated(gateway)
    answer = refused(gateway.carry_out(SignRequest(ONE, subject, alternative)), Trouble.TOKEN_UNSUITABLE)
    assert answer.permanent
    assert answer.why.get("field") == field


@everywhere
def test_no_key_no_request(gateway: TokenGateway) -> None:
    assert refused(gateway.carry_out(SignRequest(ONE, SUBJECT, ())), Trouble.OBJECT_MISSING).permanent


@pytest.mark.parametrize("rig", WITH_CUTS, indirect=True)
@pytest.mark.parametrize("read_before", [True, False])
def test_generating_twice_makes_one_pair(gateway: TokenGateway, read_before: bool) -> None:
    if read_before:
        contents_of(gateway)
    assert generated(gateway) == generated(gateway)
    assert len(contents_of(gateway).keys) == 1
