"""PFX files: opened, or told plainly why not."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from portal.connectors.pfx import PfxError, PfxTrouble, make_pfx, open_pfx
from portal.ports.vault import KeyMaterial
from tests.support.clock import NOON
from tests.support.issuing import ready_key
from tests.support.pki import Key, a_key

PASSWORD = "пароль"
UNDER_PASSWORD = BestAvailableEncryption(PASSWORD.encode())


def a_certificate(key: Key, serial: int = 1) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Общий")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(serial).not_valid_before(NOON).not_valid_after(NOON.replace(year=2030))
    return builder.sign(key, SHA256())


def material(key: Key) -> KeyMaterial:
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return KeyMaterial(a_certificate(key).public_bytes(Encoding.DER), private)


def trouble(data: bytes, password: str = PASSWORD) -> PfxTrouble:
    with pytest.raises(PfxError) as caught:
        open_pfx(data, password)
    return caught.value.trouble


@pytest.mark.parametrize("kind", ["p256", "rsa2048"], ids=["ec", "rsa"])
def test_what_was_made_opens(kind: str) -> None:
    made = material(ready_key(kind))
    assert open_pfx(make_pfx(made, name="Общий", password=PASSWORD), PASSWORD) == made


def test_its_key_is_not_shown() -> None:
    made = material(a_key())
    assert made.private_key.hex() not in repr(made)
    assert repr(made.private_key) not in repr(made)


def test_a_chain_in_it_does_not_matter() -> None:
    key, other = a_key(), a_key()
    data = pkcs12.serialize_key_and_certificates(b"x", key, a_certificate(key), [a_certificate(other)], UNDER_PASSWORD)
    assert open_pfx(data, PASSWORD).certificate == a_certificate_der(data)


def test_a_chain_with_keys_nobody_here_knows_does_not_matter() -> None:
    key, kind = a_key(), b"\x2a\x86\x48\xce\x3d\x02\x01"
    odd = a_certificate(a_key()).public_bytes(Encoding.DER).replace(kind, kind[:-1] + b"\x7f")
    chain = [x509.load_der_x509_certificate(odd)]
    data = pkcs12.serialize_key_and_certificates(b"x", key, a_certificate(key), chain, UNDER_PASSWORD)
    assert open_pfx(data, PASSWORD).certificate == a_certificate_der(data)


def a_certificate_der(data: bytes) -> bytes:
    found = pkcs12.load_pkcs12(data, PASSWORD.encode()).cert
    assert found is not None
    return found.certificate.public_bytes(Encoding.DER)


def test_a_wrong_password_is_told_from_a_broken_file() -> None:
    data = make_pfx(material(a_key()), name="x", password=PASSWORD)
    assert trouble(data, "другой") is PfxTrouble.WRONG_PASSWORD
    assert trouble(data[:-20]) is PfxTrouble.UNREADABLE
    assert trouble(b"") is PfxTrouble.UNREADABLE
    assert trouble(b"not a pfx") is PfxTrouble.UNREADABLE


def test_what_is_missing_is_named() -> None:
    key = a_key()
    only_key = pkcs12.serialize_key_and_certificates(b"x", key, None, None, UNDER_PASSWORD)
    only_certificate = pkcs12.serialize_key_and_certificates(b"x", None, None, [a_certificate(key)], UNDER_PASSWORD)
    assert trouble(only_key) is PfxTrouble.NO_CERTIFICATE
    assert trouble(only_certificate) is PfxTrouble.NO_KEY


def test_a_certificate_of_another_key_is_not_taken() -> None:
    data = pkcs12.serialize_key_and_certificates(b"x", a_key(), None, [a_certificate(a_key())], UNDER_PASSWORD)
    assert trouble(data) is PfxTrouble.NO_CERTIFICATE


def test_two_certificates_for_one_key_leave_a_choice_to_a_person() -> None:
    key = a_key()
    both = [a_certificate(key, 2)]
    data = pkcs12.serialize_key_and_certificates(b"x", key, a_certificate(key), both, UNDER_PASSWORD)
    assert trouble(data) is PfxTrouble.SEVERAL_CERTIFICATES


def test_a_key_no_token_takes_is_refused() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    data = pkcs12.serialize_key_and_certificates(b"x", key, None, None, UNDER_PASSWORD)
    assert trouble(data) is PfxTrouble.UNUSABLE_KEY
