"""PKCS#10 requests signed by a key on the token."""

from typing import Final

from asn1crypto.core import UTF8String
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier
from pkcs11 import Object

from portal.connectors.token.keys import PublicKey, digest_for, key_on_token
from portal.connectors.token.translation import RefusalError
from portal.domain.troubles import Trouble, why

Pairs = tuple[tuple[str, str], ...]

_FIELDS: Final = {
    "CN": NameOID.COMMON_NAME,
    "SN": NameOID.SURNAME,
    "GN": NameOID.GIVEN_NAME,
    "T": NameOID.TITLE,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "C": NameOID.COUNTRY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "L": NameOID.LOCALITY_NAME,
    "STREET": NameOID.STREET_ADDRESS,
    "DC": NameOID.DOMAIN_COMPONENT,
    "UID": NameOID.USER_ID,
    "SERIALNUMBER": NameOID.SERIAL_NUMBER,
    "emailAddress": NameOID.EMAIL_ADDRESS,
    "SNILS": NameOID.SNILS,
    "INN": NameOID.INN,
    "OGRN": NameOID.OGRN,
}
_UPN: Final = ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")


def make_request(private: Object, public: PublicKey, subject: Pairs, alternative: Pairs) -> bytes:
    """A PKCS#10 in DER; a subject that X.509 cannot hold is refused by the name of its field."""
    request = described(subject, alternative).sign(key_on_token(private, public), digest_for(public))
    return request.public_bytes(Encoding.DER)


def described(subject: Pairs, alternative: Pairs) -> x509.CertificateSigningRequestBuilder:
    """The request as it stands before anybody signs it."""
    name = x509.Name([_attribute(field, value) for field, value in subject])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    if not alternative:
        return builder
    names = x509.SubjectAlternativeName([_alternative(field, value) for field, value in alternative])
    return builder.add_extension(names, critical=False)


def _attribute(field: str, value: str) -> x509.NameAttribute[str]:
    """Latin, digits and Cyrillic alike: UTF8String, but IA5String for e-mail and PrintableString for the country."""
    try:
        return x509.NameAttribute(_FIELDS[field], _plain(field, value))
    except (KeyError, ValueError):
        raise _impossible(field) from None


def _alternative(field: str, value: str) -> x509.GeneralName:
    try:
        match field:
            case "email":
                return x509.RFC822Name(_ascii(value))
            case "dns":
                return x509.DNSName(_ascii(value))
            case "upn":
                return x509.OtherName(_UPN, UTF8String(value).dump())
    except ValueError:
        raise _impossible(field) from None
    raise _impossible(field)


def _plain(field: str, value: str) -> str:
    return _ascii(value) if field in {"emailAddress", "DC", "C", "SERIALNUMBER"} else value


def _ascii(value: str) -> str:
    return value.encode("ascii").decode()  # UnicodeEncodeError is a ValueError


def _impossible(field: str) -> RefusalError:
    return RefusalError(why(Trouble.TOKEN_UNSUITABLE, "subject", field=field), permanent=True)
