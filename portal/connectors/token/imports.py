"""A key pair that was made elsewhere and its certificate, written to the token: a common certificate."""

from contextlib import suppress
from typing import Final

from asn1crypto.core import OctetString
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key
from pkcs11 import Attribute, KeyType, Object, ObjectClass, PKCS11Error, Session
from pkcs11.util.ec import encode_named_curve_parameters

from portal.connectors.token.certificates import certificate_objects, fingerprint_of, write_certificate
from portal.connectors.token.keys import PRIVATE, halves
from portal.connectors.token.objects import Template, destroy_all
from portal.connectors.token.translation import RefusalError
from portal.domain.troubles import Trouble, why
from portal.ports.token import ImportKeyPair

_CURVES: Final = {"secp256r1", "secp384r1"}


def import_key_pair(session: Session, order: ImportKeyPair) -> None:
    """Write private key, public key and certificate; what was written before a failure is taken away again."""
    private, public = _templates(order.private_key)
    placed = {Attribute.TOKEN: True, Attribute.ID: bytes.fromhex(order.key_id), Attribute.LABEL: order.label}
    written: list[Object] = []
    try:
        written.append(session.create_object(private | placed))
        written.append(session.create_object(public | placed))
        write_certificate(session, order.key_id, order.label, order.certificate)
    except (PKCS11Error, RefusalError):
        with suppress(PKCS11Error):  # on a token that is gone nothing can be tidied: effect_of does it later
            destroy_all(written)
        raise


def parts(session: Session, order: ImportKeyPair) -> tuple[list[Object], ...]:
    """What of this import is on the token: private keys, public keys, certificates."""
    found = certificate_objects(session, order.key_id, fingerprint_of(order.certificate))
    return (*halves(session, order.key_id), found)


def _templates(pkcs8: bytes) -> tuple[Template, Template]:
    try:
        key = load_der_private_key(pkcs8, password=None)
    except (ValueError, TypeError):
        raise RefusalError(why(Trouble.COMMON_UNREADABLE), permanent=True) from None
    if isinstance(key, rsa.RSAPrivateKey):
        return _rsa(key.private_numbers())
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return _ec(key)
    raise RefusalError(why(Trouble.TOKEN_UNSUITABLE, "key type"), permanent=True)


def _rsa(numbers: rsa.RSAPrivateNumbers) -> tuple[Template, Template]:
    shared = {
        Attribute.KEY_TYPE: KeyType.RSA,
        Attribute.MODULUS: _big(numbers.public_numbers.n),
        Attribute.PUBLIC_EXPONENT: _big(numbers.public_numbers.e),
    }
    secret = {
        Attribute.DECRYPT: True,  # a shared key is most often there to read shared mail
        Attribute.PRIVATE_EXPONENT: _big(numbers.d),
        Attribute.PRIME_1: _big(numbers.p),
        Attribute.PRIME_2: _big(numbers.q),
        Attribute.EXPONENT_1: _big(numbers.dmp1),
        Attribute.EXPONENT_2: _big(numbers.dmq1),
        Attribute.COEFFICIENT: _big(numbers.iqmp),
    }
    return _private(shared | secret), _public(shared)


def _ec(key: ec.EllipticCurvePrivateKey) -> tuple[Template, Template]:
    shared = {
        Attribute.KEY_TYPE: KeyType.EC,
        Attribute.EC_PARAMS: encode_named_curve_parameters(key.curve.name),
    }
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    secret = key.private_numbers().private_value.to_bytes((key.key_size + 7) // 8, "big")
    return (
        _private(shared | {Attribute.VALUE: secret}),
        _public(shared | {Attribute.EC_POINT: OctetString(point).dump()}),
    )


def _private(own: Template) -> Template:
    return own | PRIVATE | {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.PRIVATE: True}


def _public(own: Template) -> Template:
    return own | {Attribute.CLASS: ObjectClass.PUBLIC_KEY, Attribute.PRIVATE: False}


def _big(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
