"""Subjects and alternative names from (field, value) pairs, in the string types the standards ask for."""

from collections.abc import Iterable
from typing import Final

from asn1crypto import core
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

Pairs = Iterable[tuple[str, str]]

_UTF8: Final = _ASN1Type.UTF8String
_PRINTABLE: Final = _ASN1Type.PrintableString
_IA5: Final = _ASN1Type.IA5String
_NUMERIC: Final = _ASN1Type.NumericString

# in the order of encoding, from the country to the person, so that every reader shows a name the same way round
_FIELDS: Final = {
    "C": (NameOID.COUNTRY_NAME, _PRINTABLE),
    "DC": (NameOID.DOMAIN_COMPONENT, _IA5),
    "ST": (NameOID.STATE_OR_PROVINCE_NAME, _UTF8),
    "L": (NameOID.LOCALITY_NAME, _UTF8),
    "STREET": (NameOID.STREET_ADDRESS, _UTF8),
    "O": (NameOID.ORGANIZATION_NAME, _UTF8),
    "OU": (NameOID.ORGANIZATIONAL_UNIT_NAME, _UTF8),
    "T": (NameOID.TITLE, _UTF8),
    "SERIALNUMBER": (NameOID.SERIAL_NUMBER, _PRINTABLE),
    "INN": (x509.ObjectIdentifier("1.2.643.3.131.1.1"), _NUMERIC),
    "OGRN": (x509.ObjectIdentifier("1.2.643.100.1"), _NUMERIC),
    "SNILS": (x509.ObjectIdentifier("1.2.643.100.3"), _NUMERIC),
    "UID": (NameOID.USER_ID, _UTF8),
    "emailAddress": (NameOID.EMAIL_ADDRESS, _IA5),
    "SN": (NameOID.SURNAME, _UTF8),
    "GN": (NameOID.GIVEN_NAME, _UTF8),
    "CN": (NameOID.COMMON_NAME, _UTF8),
}
_RANK: Final = {field: rank for rank, field in enumerate(_FIELDS)}
_UPPER_BOUND: Final = 64  # RFC 5280 appendix A.1, ub-common-name and most others
_BOUNDS: Final = {"C": 2, "emailAddress": 255, "STREET": 128, "SN": 64}
UPN: Final = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
_SMTP_UTF8_MAILBOX: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.9")  # RFC 9598


def subject_name(pairs: Pairs) -> x509.Name:
    """A distinguished name; raises ValueError naming the field that cannot be used."""
    ordered = sorted(pairs, key=lambda pair: _RANK.get(pair[0], 0))
    return x509.Name([_attribute(field, value) for field, value in ordered])


def _attribute(field: str, value: str) -> x509.NameAttribute[str]:
    if field not in _FIELDS:
        raise ValueError(f"{field}: no such part of a subject")
    oid, kind = _FIELDS[field]
    if not 1 <= len(value) <= _BOUNDS.get(field, _UPPER_BOUND):
        raise ValueError(f"{field}: too long or empty")
    if kind is not _UTF8 and not value.isascii():
        raise ValueError(f"{field}: holds letters its type does not allow")
    if kind is _NUMERIC and not value.isdecimal():
        raise ValueError(f"{field}: must hold digits only")
    return x509.NameAttribute(oid, value, _type=kind)


def alternative_names(pairs: Pairs) -> list[x509.GeneralName]:
    """Subject alternative names; raises ValueError naming the field that cannot be used."""
    return [_alternative(field, value) for field, value in pairs]


def _alternative(field: str, value: str) -> x509.GeneralName:
    if not value:
        raise ValueError(f"{field}: empty")
    match field:
        case "email" if value.isascii():
            return x509.RFC822Name(value)
        case "email":
            return x509.OtherName(_SMTP_UTF8_MAILBOX, core.UTF8String(value).dump())
        case "upn":
            return x509.OtherName(UPN, core.UTF8String(value).dump())
        case "dns" if value.isascii():
            return x509.DNSName(value)
        case "dns":
            return x509.DNSName(value.encode("idna").decode("ascii"))
        case _:
            raise ValueError(f"{field}: no such alternative name")
