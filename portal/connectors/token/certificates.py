"""Certificate objects on a token: found by CKA_ID and fingerprint, written with what every module asks for."""

from hashlib import sha256

from pkcs11 import Attribute, Object, ObjectClass, Session
from pkcs11.util.x509 import decode_x509_certificate

from portal.connectors.token.objects import find, hex_id
from portal.connectors.token.translation import RefusalError
from portal.domain.troubles import Trouble, why


def certificate_objects(session: Session, key_id: str, fingerprint: str) -> list[Object]:
    """The certificate objects with this CKA_ID whose value has this fingerprint."""
    return [obj for obj in find(session, ObjectClass.CERTIFICATE, key_id) if _is(obj, key_id, fingerprint)]


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


def _is(obj: Object, key_id: str, fingerprint: str) -> bool:
    got = obj.get_attributes([Attribute.ID, Attribute.VALUE])
    return hex_id(got[Attribute.ID]) == key_id and fingerprint_of(got[Attribute.VALUE]) == fingerprint
