"""Certificate objects on a token: found by CKA_ID and fingerprint, written with what every module asks for."""

from collections.abc import Iterable
from hashlib import sha256

from pkcs11 import Attribute, Certificate, Object, ObjectClass, Session
from pkcs11.util.x509 import decode_x509_certificate

from portal.connectors.token.objects import find, hex_id
from portal.connectors.token.translation import RefusalError
from portal.domain.troubles import Trouble, why


def certificate_objects(session: Session, key_id: str, fingerprint: str) -> list[Object]:
    """The certificate objects with this CKA_ID whose value has this fingerprint."""
    found = find(session, ObjectClass.CERTIFICATE, key_id)
    return [obj for obj in found if value_among([obj], key_id, fingerprint) is not None]


def value_among(found: Iterable[Object], key_id: str, fingerprint: str) -> bytes | None:
    """The certificate with this CKA_ID and fingerprint among these objects, as it is read from the token."""
    for obj in found:
        if isinstance(obj, Certificate):
            got = obj.get_attributes([Attribute.ID, Attribute.VALUE])
            value: bytes = got[Attribute.VALUE]
            if hex_id(got[Attribute.ID]) == key_id and fingerprint_of(value) == fingerprint:
                return value
    return None


def write_certificate(session: Session, key_id: str, label: str, der: bytes) -> Object:
    """Create the certificate object beside its key."""
    try:
        described = decode_x509_certificate(der)
    except (ValueError, TypeError):
        raise RefusalError(why(Trouble.TOKEN_UNSUITABLE, "certificate"), permanent=True) from None
    return session.create_object(
        described
        | {
            Attribute.TOKEN: True,
            Attribute.PRIVATE: False,
            Attribute.ID: bytes.fromhex(key_id),
            Attribute.LABEL: label,
        }
    )


def fingerprint_of(der: bytes) -> str:
    """SHA-256 of the DER in lower hex."""
    return sha256(der).hexdigest()
