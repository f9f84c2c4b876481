"""Any maker's certificates are read; what is no certificate is refused."""

from datetime import UTC, datetime
from hashlib import sha256

import pytest
from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from portal.connectors.x509 import X509Reader

KEY = ec.generate_private_key(ec.SECP256R1())
SPKI = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
reader = X509Reader()


def a_certificate(*pairs: tuple[x509.ObjectIdentifier, str], serial: int = 0xAB01) -> bytes:
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in pairs])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key())
    builder = builder.serial_number(serial).not_valid_before(START).not_valid_after(END)
    return builder.sign(KEY, SHA256()).public_bytes(Encoding.DER)


def test_the_facts_are_those_of_the_certificate() -> None:
    der = a_certificate((NameOID.COUNTRY_NAME, "RU"), (NameOID.COMMON_NAME, "Иванов Иван"))
    facts = reader.certificate(der)
    assert facts.fingerprint == sha256(der).hexdigest()
    assert facts.serial == "ab01"
    assert (facts.not_before, facts.not_after) == (START, END)
    assert facts.public_key_hash == sha256(SPKI).hexdigest()


@pytest.mark.parametrize("turned", [False, True])
def test_a_name_goes_from_the_person_to_the_country(turned: bool) -> None:
    pairs = [(NameOID.COUNTRY_NAME, "RU"), (NameOID.ORGANIZATION_NAME, "Ключ"), (NameOID.COMMON_NAME, "Ёлкина Ю.")]
    der = a_certificate(*(reversed(pairs) if turned else pairs))
    assert reader.certificate(der).subject == "CN=Ёлкина Ю.,O=Ключ,C=RU"


def test_special_letters_are_escaped_after_rfc_4514() -> None:
    der = a_certificate((NameOID.ORGANIZATION_NAME, ' ООО "Ключ", + Ко; '), (NameOID.COMMON_NAME, "#1\\<2>"))
    assert reader.certificate(der).subject == 'CN=\\#1\\\\\\<2\\>,O=\\ ООО \\"Ключ\\"\\, + Ко\\;\\ '.replace(
        " + ", " \\+ "
    )


def test_an_unknown_part_shows_its_number() -> None:
    der = a_certificate(
        (x509.ObjectIdentifier("1.2.643.100.3"), "11223344595"), (x509.ObjectIdentifier("1.2.3.4"), "x")
    )
    assert reader.certificate(der).subject == "1.2.3.4=x,SNILS=11223344595"


def test_a_key_on_a_curve_nobody_here_knows_is_still_read() -> None:
    der = a_certificate((NameOID.COMMON_NAME, "ГОСТ"))
    curve = core.ObjectIdentifier("1.2.840.10045.3.1.7").dump()
    changed = der.replace(curve, core.ObjectIdentifier("1.2.840.10045.3.9.9").dump())
    assert changed != der
    assert reader.certificate(changed).public_key_hash != sha256(SPKI).hexdigest()


def test_a_negative_serial_is_read() -> None:
    der = a_certificate((NameOID.COMMON_NAME, "x"), serial=0x7B01)
    assert reader.certificate(der.replace(b"\x02\x02\x7b\x01", b"\x02\x02\xfb\x01")).serial == "-4ff"


def test_letters_that_are_not_what_they_promise_are_read() -> None:
    der = a_certificate((NameOID.COMMON_NAME, "abcd"))
    assert reader.certificate(der.replace(b"abcd", b"\xff\xfecd")).subject == "CN=\ufffd\ufffdcd"


def test_the_key_of_a_request_is_the_key_of_its_certificate() -> None:
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(KEY, SHA256())
    assert reader.request_key_hash(request.public_bytes(Encoding.DER)) == sha256(SPKI).hexdigest()


@pytest.mark.parametrize(
    "der",
    [b"", b"\x30", b"\x30\x00", b"not der", SPKI, a_certificate() + b"\x00"],
    ids=["nothing", "a tag", "empty", "text", "a key", "something after it"],
)
def test_what_is_no_certificate_is_refused(der: bytes) -> None:
    with pytest.raises(ValueError, match="not a certificate"):
        reader.certificate(der)
    with pytest.raises(ValueError, match="not a certificate request"):
        reader.request_key_hash(der)


SOUND = a_certificate((NameOID.COMMON_NAME, "Иванов"), (NameOID.EMAIL_ADDRESS, "i@example.org"))


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4))
def test_damage_is_refused_or_read_and_never_anything_else(damage: list[tuple[int, int]]) -> None:
    der = bytearray(SOUND)
    for place, value in damage:
        der[place % len(der)] = value
    for read in (reader.certificate, reader.request_key_hash):
        try:
            read(bytes(der))
        except ValueError:
            continue
