"""Certificates out of whatever authorities wrap them in: DER or PEM, one, several or a PKCS#7 of them."""

import binascii
from base64 import b64decode
from typing import Final

from asn1crypto import cms, pem
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from portal.connectors.ca.believing import NotBelieved
from portal.connectors.unreadable import UNREADABLE

_ARMOUR: Final = b"-----BEGIN"


def certificates_of(data: bytes) -> tuple[bytes, ...]:
    """Every certificate of it in DER; raises NotBelieved."""
    found = list[bytes]()
    try:
        for der in _ders(data):
            found += _of_der(der)
    except (*UNREADABLE, KeyError, binascii.Error) as error:
        raise NotBelieved("unreadable") from error
    if not found:
        raise NotBelieved("unreadable")
    return tuple(found)


def _ders(data: bytes) -> list[bytes]:
    if _ARMOUR in data:
        return [der for _kind, _headers, der in pem.unarmor(data, multiple=True)]
    # base64 without armour is what EST sends, and some people too
    return [data] if data[:1] == b"\x30" else [b64decode(b"".join(data.split()), validate=True)]


def _of_der(der: bytes) -> list[bytes]:
    try:
        return [x509.load_der_x509_certificate(der).public_bytes(Encoding.DER)]
    except UNREADABLE:
        bundle = cms.ContentInfo.load(der)["content"]["certificates"]
        return [one.chosen.dump() for one in bundle if one.name == "certificate"]
