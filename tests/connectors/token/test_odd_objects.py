"""Tokens carry what other programs wrote: odd objects are read past, and said no to where they are asked for."""

import copy
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, utils
from cryptography.x509.oid import NameOID
from pkcs11 import Attribute, CertificateType, ObjectClass

from portal.connectors.token.contents import algorithm_of, read_contents
from portal.connectors.token.desk import Pkcs11Desk
from portal.connectors.token.keys import ECKeyOnToken, RSAKeyOnToken, generate, halves, key_on_token, load_public
from portal.connectors.token.library import library
from portal.connectors.token.objects import lenient_mapper
from portal.connectors.token.session import Connection
from portal.connectors.token.translation import RefusalError
from portal.connectors.x509 import X509Reader
from portal.domain.certificate import KeyAlgorithm
from portal.domain.outcomes import Done, Refused
from portal.domain.troubles import Trouble
from portal.ports.token import (
    GenerateKeyPair,
    ImportKeyPair,
    ProveCertificate,
    TokenGateway,
    TokenOrder,
    WriteCertificate,
)
from tests.support.issuing import START, certificate_for, pkcs8_of, ready_key, spki_of
from tests.support.pins import Pins
from tests.support.tokens import PIN, SoftHsm

KEY = "0a" * 20


@pytest.fixture
def serial(hsm: SoftHsm) -> str:
    return hsm.init_token("one")


@pytest.fixture
def gateway(hsm: SoftHsm, serial: str) -> Iterator[TokenGateway]:
    with Pkcs11Desk([hsm.module], X509Reader()).gateway(serial, Pins(PIN)) as opened:
        yield opened


@pytest.fixture
def connection(hsm: SoftHsm, serial: str) -> Iterator[Connection]:
    opened = Connection([library(str(hsm.module))], serial, Pins(PIN))
    yield opened
    opened.close()


def edwards_certificate() -> bytes:
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Эдвардс")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    dated = builder.not_valid_before(START).not_valid_after(START + timedelta(days=9)).serial_number(7)
    return dated.sign(key, None).public_bytes(serialization.Encoding.DER)


def raw_certificate(value: bytes, kind: CertificateType = CertificateType.X_509) -> dict[Attribute, object]:
    return {
        Attribute.CLASS: ObjectClass.CERTIFICATE,
        Attribute.CERTIFICATE_TYPE: kind,
        Attribute.TOKEN: True,
        Attribute.PRIVATE: False,
        Attribute.SUBJECT: b"\x30\x00",
        Attribute.VALUE: value,
    }


def test_what_is_no_certificate_is_read_past(connection: Connection, serial: str) -> None:
    session = connection.session()
    der = certificate_for(spki_of(ready_key("p256")), "чужой")
    for value in (b"not a certificate", der, b""):
        session.create_object(raw_certificate(value))
    contents = read_contents(session, serial, X509Reader(), signed_in=True)
    assert [(one.subject, one.key_id, one.has_key) for one in contents.certificates] == [("CN=чужой", "", False)]


def test_a_label_in_a_foreign_encoding_is_read() -> None:
    mapper = lenient_mapper()
    assert mapper.unpack_attributes(Attribute.LABEL, "Подпись".encode("cp1251")).count("�") == len("Подпись")
    assert mapper.unpack_attributes(Attribute.LABEL, mapper.pack_attribute(Attribute.LABEL, "Подпись")) == "Подпись"


@pytest.mark.parametrize(
    ("got", "name"),
    [
        ({}, "unknown"),
        ({Attribute.KEY_TYPE: 0xD4321003}, "0xd4321003"),
        ({Attribute.KEY_TYPE: 3}, "ec"),
        ({Attribute.KEY_TYPE: 0, Attribute.MODULUS: bytes(384)}, "rsa3072"),
        ({Attribute.KEY_TYPE: 0, Attribute.MODULUS_BITS: 4096}, "rsa4096"),
    ],
)
def test_key_types_have_names(got: dict[Attribute, object], name: str) -> None:
    assert algorithm_of(got) == name


@pytest.mark.parametrize(
    ("order", "trouble"),
    [
        (WriteCertificate(KEY, "x", b"\x30\x03\x02\x01\x07"), Trouble.TOKEN_UNSUITABLE),
        (ImportKeyPair(KEY, "x", b"", b"no key at all"), Trouble.COMMON_UNREADABLE),
        (
            ImportKeyPair(
                *(KEY, "x", edwards_certificate()),
                ed25519.Ed25519PrivateKey.generate().private_bytes(
                    serialization.Encoding.DER,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                ),
            ),
            Trouble.TOKEN_UNSUITABLE,
        ),
        (ImportKeyPair(KEY, "x", b"nothing", pkcs8_of(ready_key("p256"))), Trouble.TOKEN_UNSUITABLE),
    ],
    ids=["certificate", "key", "key type", "certificate of a pair"],
)
def test_what_cannot_be_written_is_refused_for_good(gateway: TokenGateway, order: TokenOrder, trouble: Trouble) -> None:
    answer = gateway.carry_out(order)
    assert isinstance(answer, Refused)
    assert (answer.why.trouble, answer.permanent) == (trouble, True)
    made = gateway.carry_out(GenerateKeyPair(KEY, "к", KeyAlgorithm.EC_P256))
    assert isinstance(made, Done)


def test_a_certificate_with_a_key_we_cannot_judge_is_not_proved(gateway: TokenGateway) -> None:
    gateway.carry_out(GenerateKeyPair(KEY, "к", KeyAlgorithm.EC_P256))
    der = edwards_certificate()
    gateway.carry_out(WriteCertificate(KEY, "x", der))
    answer = gateway.carry_out(ProveCertificate(KEY, X509Reader().certificate(der).fingerprint))
    assert isinstance(answer, Refused)
    assert (answer.why.trouble, answer.permanent) == (Trouble.TOKEN_UNSUITABLE, True)


class Stored(dict[Attribute, object]):
    """The attributes of a public key object."""

    def get_attributes(self, names: list[Attribute]) -> dict[Attribute, object]:
        return {name: self[name] for name in names}


def test_a_point_without_its_octet_string_is_read() -> None:
    curve = bytes.fromhex("06082a8648ce3d030107")
    public = ready_key("p256").public_key()
    bare = public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    for point in (bare, b"\x04\x41" + bare):
        stored = Stored({Attribute.KEY_TYPE: 3, Attribute.EC_PARAMS: curve, Attribute.EC_POINT: point})
        assert load_public(stored) == public  # type: ignore[arg-type]
    odd = Stored({Attribute.KEY_TYPE: 3, Attribute.EC_PARAMS: b"\x06\x01\x2a", Attribute.EC_POINT: bare})
    with pytest.raises(RefusalError):
        load_public(odd)  # type: ignore[arg-type]


@pytest.mark.parametrize("algorithm", [KeyAlgorithm.EC_P256, KeyAlgorithm.RSA_2048])
def test_a_key_on_a_token_signs_and_does_nothing_else(connection: Connection, algorithm: KeyAlgorithm) -> None:
    generate(connection.session(), KEY, "к", algorithm)
    (private,), (public,) = halves(connection.session(), KEY)
    key = key_on_token(private, load_public(public))
    assert copy.deepcopy(copy.copy(key)) is key
    assert key.key_size == key.public_key().key_size
    forbidden: list[Callable[[], object]] = [key.private_numbers, lambda: key.private_bytes("der", "pkcs8", "none")]
    if isinstance(key, RSAKeyOnToken):
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        forbidden += [
            lambda: key.decrypt(b"", pss),
            lambda: key.sign(b"", pss, hashes.SHA256()),
            lambda: key.sign(b"", padding.PKCS1v15(), utils.Prehashed(hashes.SHA256())),
        ]
    if isinstance(key, ECKeyOnToken):
        assert isinstance(key.curve, ec.SECP256R1)
        forbidden += [
            lambda: key.exchange(ec.ECDH(), key.public_key()),
            lambda: key.sign(b"", ec.ECDSA(utils.Prehashed(hashes.SHA256()))),
        ]
    for method in forbidden:
        with pytest.raises(TypeError, match="on a token"):
            method()


def test_a_key_that_may_not_sign_is_said_to_be_unsuitable() -> None:
    with pytest.raises(RefusalError) as refused:
        key_on_token(object(), ready_key("p256").public_key())  # type: ignore[arg-type]
    assert refused.value.refused.why.detail == "CKA_SIGN"
