"""Reads certificates and requests of any maker, keys of any algorithm included.

Tokens carry certificates nobody promised to be tidy: GOST keys, negative serials, odd letters. So the DER is read
as plain ASN.1 and no key is decoded; only what is no certificate at all is refused.
"""

from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final

from asn1crypto import csr, x509

from portal.ports.certificates import CertificateFacts

SHORT_NAMES: Final = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "SERIALNUMBER",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "T",
    "2.5.4.42": "GN",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
    "1.2.643.3.131.1.1": "INN",
    "1.2.643.100.1": "OGRN",
    "1.2.643.100.3": "SNILS",
    "1.2.643.100.4": "INNLE",
}
_SPECIAL: Final = str.maketrans({letter: f"\\{letter}" for letter in '\\,+"<>;'} | {"\0": "\\00"})
#: An update reads each certificate three times, a watcher those of every token again and again.
_REMEMBERED: Final = 256
_COMMON_NAME: Final = "2.5.4.3"


class X509Reader:
    """Reads DER; raises ValueError on what is not a certificate or a request."""

    def certificate(self, der: bytes) -> CertificateFacts:
        try:
            return _facts(der)
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            raise ValueError(f"not a certificate: {error}") from error

    def request_key_hash(self, der: bytes) -> str:
        try:
            info = csr.CertificationRequest.load(der, strict=True)["certification_request_info"]
            return sha256(info["subject_pk_info"].dump()).hexdigest()
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"not a certificate request: {error}") from error


@lru_cache(maxsize=_REMEMBERED)
def _facts(der: bytes) -> CertificateFacts:
    body = x509.Certificate.load(der, strict=True)["tbs_certificate"]
    subject, common_name = _name(body["subject"].dump())
    return CertificateFacts(
        fingerprint=sha256(der).hexdigest(),
        serial=format(body["serial_number"].native, "x"),
        subject=subject,
        issuer=_name(body["issuer"].dump())[0],
        not_before=_aware(body["validity"]["not_before"].native),
        not_after=_aware(body["validity"]["not_after"].native),
        public_key_hash=sha256(body["subject_public_key_info"].dump()).hexdigest(),
        common_name=common_name,
    )


@lru_cache(maxsize=_REMEMBERED)
def _name(der: bytes) -> tuple[str, str]:
    """A name and the common name in it; there are few issuers, and a holder keeps his name."""
    name = x509.Name.load(der)
    return name_text(name), _common_name(name)


def _aware(moment: object) -> datetime:
    if not isinstance(moment, datetime):  # the year 0, for which asn1crypto has a type of its own
        raise TypeError("a validity no calendar knows")
    return moment.astimezone(UTC)


def name_text(name: x509.Name) -> str:
    """A distinguished name after RFC 4514, from the person to the country.

    RFC 4514 writes the last part first. Some issuers put the common name first of all, and its reader would find
    it at the end: their names are written as they stand.
    """
    parts = list(name.chosen)
    if not (parts and any(pair["type"].dotted == _COMMON_NAME for pair in parts[0])):
        parts.reverse()
    return ",".join("+".join(_pair_text(pair) for pair in part) for part in parts)


def _common_name(name: x509.Name) -> str:
    pairs = (pair for part in name.chosen for pair in part)
    return next((_value(pair) for pair in pairs if pair["type"].dotted == _COMMON_NAME), "")


def _pair_text(pair: x509.NameTypeAndValue) -> str:
    oid = pair["type"].dotted
    return f"{SHORT_NAMES.get(oid, oid)}={_escaped(_value(pair))}"


def _value(pair: x509.NameTypeAndValue) -> str:
    try:
        return str(pair["value"].native)
    except ValueError:  # letters that are not what their type promises
        return str(pair["value"].contents.decode("utf-8", "replace"))


def _escaped(value: str) -> str:
    text = value.translate(_SPECIAL)
    if text[:1] in {" ", "#"}:
        text = "\\" + text
    if len(value) > 1 and value.endswith(" "):
        text = text[:-1] + "\\ "
    return text
