"""PFX files (PKCS #12): a certificate and its private key under a password."""

from enum import StrEnum, unique
from typing import Final

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

from portal.connectors.unreadable import UNREADABLE
from portal.ports.certificates import CertificateReader, OpenedPfx, PfxRefused
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
    WEAK_KEY = "pfx_weak_key"


_SHORTEST_RSA: Final = 2048
_CURVES: Final = {"secp256r1": "EC P-256", "secp384r1": "EC P-384"}


class PfxError(PfxRefused):
    """A PFX that cannot be used, and why."""

    def __init__(self, trouble: PfxTrouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


class PfxFiles:
    """The port PfxOpener."""

    def __init__(self, reader: CertificateReader) -> None:
        self._reader = reader

    def open(self, data: bytes, password: str) -> OpenedPfx:
        """The key, its certificate, and what else is in the file; raises PfxRefused."""
        key, certificates = _read(data, password)
        material = _own(key, certificates)
        others = [one.public_bytes(Encoding.DER) for one in certificates]
        chain = tuple(self._reader.certificate(der).subject for der in others if der != material.certificate)
        return OpenedPfx(material, _kind(key), chain)


def open_pfx(data: bytes, password: str) -> KeyMaterial:
    """The key and the one certificate that belongs to it; raises PfxError."""
    return _own(*_read(data, password))


def _kind(key: object) -> str:
    """The key in words; raises PfxError for one that is too weak or that tokens do not take."""
    if isinstance(key, rsa.RSAPrivateKey):
        if key.key_size < _SHORTEST_RSA:
            raise PfxError(PfxTrouble.WEAK_KEY)
        return f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return _CURVES[key.curve.name]
    raise PfxError(PfxTrouble.UNUSABLE_KEY)


def _own(key: object, certificates: list[x509.Certificate]) -> KeyMaterial:
    if key is None:
        raise PfxError(PfxTrouble.NO_KEY)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise PfxError(PfxTrouble.UNUSABLE_KEY)
    own = _spki(key.public_key())
    found = [certificate for certificate in certificates if _of(certificate) == own]
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
    except UNREADABLE as error:
        raise PfxError(PfxTrouble.UNREADABLE) from error
    return key, [*([certificate] if certificate else []), *others]


def _of(certificate: x509.Certificate) -> bytes:
    """Its key; nothing for one of a kind nobody here knows, such as may stand in a chain."""
    try:
        return _spki(certificate.public_key())
    except UNREADABLE:
        return b""


def _spki(key: object) -> bytes:
    if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b""
