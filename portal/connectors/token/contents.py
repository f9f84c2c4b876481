"""What is on a token, as a value: certificates, keys, and which of them pair up by CKA_ID."""

import logging
from collections.abc import Iterable
from typing import Any, Final

from pkcs11 import Attribute, Certificate, CertificateType, KeyType, Object, PrivateKey, PublicKey, Session

from portal.connectors.token.objects import attributes, everything, hex_id
from portal.domain.contents import TokenCertificate, TokenContents, TokenKey
from portal.ports.certificates import CertificateReader

_log = logging.getLogger(__name__)
_CURVES: Final = {
    bytes.fromhex("06082a8648ce3d030107"): "p256",
    bytes.fromhex("06052b81040022"): "p384",
    bytes.fromhex("06052b81040023"): "p521",
}


def read_contents(session: Session, serial: str, reader: CertificateReader, *, signed_in: bool) -> TokenContents:
    """Everything a session can see; what cannot be read is left out, not stumbled over."""
    objects = everything(session)
    keys = _keys(objects, signed_in=signed_in)
    owned = {key.key_id for key in keys if (key.private if signed_in else key.public)}
    found = (_certificate(obj, owned, reader) for obj in objects if isinstance(obj, Certificate))
    certificates = sorted(
        (certificate for certificate in found if certificate), key=lambda one: (one.key_id, one.fingerprint)
    )
    return TokenContents(serial, tuple(certificates), keys, complete=signed_in)


def _certificate(obj: Object, owned: Iterable[str], reader: CertificateReader) -> TokenCertificate | None:
    got = attributes(obj, (Attribute.ID, Attribute.LABEL, Attribute.VALUE, Attribute.CERTIFICATE_TYPE))
    if got.get(Attribute.CERTIFICATE_TYPE, CertificateType.X_509) is not CertificateType.X_509:
        return None
    try:
        facts = reader.certificate(got.get(Attribute.VALUE, b""))
    except ValueError:
        _log.warning("a certificate object on the token holds no certificate")
        return None
    key_id = hex_id(got.get(Attribute.ID))
    return TokenCertificate(
        fingerprint=facts.fingerprint,
        key_id=key_id,
        label=got.get(Attribute.LABEL, ""),
        subject=facts.subject,
        issuer=facts.issuer,
        serial=facts.serial,
        not_before=facts.not_before,
        not_after=facts.not_after,
        has_key=key_id in owned,
    )


def _keys(objects: Iterable[Object], *, signed_in: bool) -> tuple[TokenKey, ...]:
    halves: list[tuple[Object, bool]] = [(obj, True) for obj in objects if isinstance(obj, PublicKey)]
    if signed_in:
        halves += [(obj, False) for obj in objects if isinstance(obj, PrivateKey)]
    pairs: dict[str, TokenKey] = {}
    for obj, public in halves:
        half = _half(obj, public=public, signed_in=signed_in)
        known = pairs.get(half.key_id)
        pairs[half.key_id] = _joined(known, half) if known else half
    return tuple(pairs[key_id] for key_id in sorted(pairs))


def _half(obj: Object, *, public: bool, signed_in: bool) -> TokenKey:
    wanted = (Attribute.ID, Attribute.LABEL, Attribute.KEY_TYPE)
    sized = (Attribute.MODULUS_BITS, Attribute.EC_PARAMS) if public else (Attribute.MODULUS, Attribute.EC_PARAMS)
    got = attributes(obj, wanted + sized)
    private = (not public) if signed_in else None
    return TokenKey(hex_id(got.get(Attribute.ID)), got.get(Attribute.LABEL, ""), algorithm_of(got), public, private)


def _joined(one: TokenKey, other: TokenKey) -> TokenKey:
    return TokenKey(
        one.key_id,
        one.label or other.label,
        one.algorithm,
        one.public or other.public,
        None if one.private is None else bool(one.private or other.private),
    )


def algorithm_of(got: dict[Attribute, Any]) -> str:
    """The key's algorithm in the product's words where there is one, else the PKCS#11 number."""
    kind = got.get(Attribute.KEY_TYPE)
    if kind == KeyType.RSA:
        bits = got.get(Attribute.MODULUS_BITS) or len(got.get(Attribute.MODULUS, b"")) * 8
        return f"rsa{bits}"
    if kind == KeyType.EC:
        return _CURVES.get(got.get(Attribute.EC_PARAMS, b""), "ec")
    return "unknown" if kind is None else f"0x{int(kind):x}"
