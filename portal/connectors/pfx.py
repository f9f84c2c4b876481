"""PFX files (PKCS #12): a certificate and its private key under a password."""

from enum import StrEnum, unique

from asn1crypto import pkcs12 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    pkcs12,
)

from portal.ports.vault import KeyMaterial


@unique
class PfxTrouble(StrEnum):
    """Why a PFX cannot be used."""

    UNREADABLE = "pfx_unreadable"
    WRONG_PASSWORD = "pfx_wrong_password"
    NO_KEY = "pfx_no_key"
    UNUSABLE_KEY = "pfx_unusable_key"
    NO_CERTIFICATE = "pfx_no_certificate"
    SEVERAL_CERTIFICATES = "pfx_several_certificates"


class PfxError(ValueError):
    """A PFX that cannot be used, and why."""

    def __init__(self, trouble: PfxTrouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


def open_pfx(data: bytes, password: str) -> KeyMaterial:
    """The key and the one certificate that belongs to it; raises PfxError."""
    key, certificates = _read(data, password)
    if key is None:
        raise PfxError(PfxTrouble.NO_KEY)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise PfxError(PfxTrouble.UNUSABLE_KEY)
    own = _spki(key.public_key())
    found = [certificate for certificate in certificates if _spki(certificate.public_key()) == own]
    if not found:
        raise PfxError(PfxTrouble.NO_CERTIFICATE)
    if len(set(found)) > 1:
        raise PfxError(PfxTrouble.SEVERAL_CERTIFICATES)
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return KeyMaterial(found[0].public_bytes(Encoding.DER), private)


def make_pfx(material: KeyMaterial, *, name: str, password: str) -> bytes:
    """A PFX that opens with this password."""
    key = load_der_private_key(material.private_key, None)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise PfxError(PfxTrouble.UNUSABLE_KEY)
    certificate = x509.load_der_x509_certificate(material.certificate)
    encryption = BestAvailableEncryption(password.encode())
    return pkcs12.serialize_key_and_certificates(name.encode(), key, certificate, None, encryption)


def _read(data: bytes, password: str) -> tuple[object, list[x509.Certificate]]:
    try:
        asn1.Pfx.load(data, strict=True)["auth_safe"]["content_type"].native  # noqa: B018 - reading is the check
    except (ValueError, TypeError, KeyError) as error:
        raise PfxError(PfxTrouble.UNREADABLE) from error
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(data, password.encode())
    except ValueError as error:
        raise PfxError(PfxTrouble.WRONG_PASSWORD) from error
    return key, [*([certificate] if certificate else []), *others]


def _spki(key: object) -> bytes:
    if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b""
