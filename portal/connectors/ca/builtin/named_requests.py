"""Orders out of requests by programs we do not know: whom a certificate is for stands in the request alone."""

from datetime import datetime
from hashlib import sha256
from typing import Final

from asn1crypto import core
from cryptography import x509

from portal.connectors.ca.builtin.names import UPN
from portal.connectors.ca.builtin.orders import BadOrder
from portal.connectors.unreadable import UNREADABLE
from portal.connectors.x509 import SHORT_NAMES, X509Reader
from portal.ports.certificate_authority import CertificateOrder

#: Asks for other names than the certificate has that is renewed (RFC 6402 2.8, RFC 7030 4.2.2).
CHANGED_NAMES: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.7.36")
_LONGEST: Final = 28
_Named = x509.CertificateSigningRequest | x509.Certificate
_Pairs = tuple[tuple[str, str], ...]


def mark_of(asker: str) -> str:
    """By what the orders of a program are known, whichever way they came."""
    return sha256(asker.encode()).hexdigest()[:12]


def order_of_request(
    request: bytes, *, template: str, asker: str, again: datetime | None = None, instead: bytes = b""
) -> CertificateOrder:
    """The same request by the same asker is the same order. Raises BadOrder.

    One that renews is so for a day; where it is known which certificate comes to its end, ``instead``, it is one for
    each key and has the names of that certificate.
    """
    try:
        asked = x509.load_der_x509_csr(request)
        names, renews = _names(asked), bool(again or instead)
        if renews and any(one.oid == CHANGED_NAMES for one in asked.attributes):
            raise BadOrder("bad_name", "a certificate is renewed for the names it has")
        # made again for the same key a request has another signature
        what = X509Reader().request_key_hash(request) if instead else request.hex()
        if instead and _sorted(names) != _sorted(_names(x509.load_der_x509_certificate(instead))):
            raise BadOrder("bad_name", "other names than those of the certificate")
    except UNREADABLE as error:
        raise BadOrder("bad_request", str(error)) from error
    after = sha256(instead).hexdigest() if instead else again.date().isoformat() if again else ""
    said = sha256(f"{asker}\0{template}\0{what}\0{after}".encode()).hexdigest()
    return CertificateOrder(f"est-{mark_of(asker)}-{said[:_LONGEST]}", template, request, *names)


def _names(named: _Named) -> tuple[_Pairs, _Pairs]:
    return tuple((_field(part.oid), str(part.value)) for part in named.subject), _alternatives(named)


def _sorted(names: tuple[_Pairs, _Pairs]) -> list[list[tuple[str, str]]]:
    # the authority writes the parts of a subject in an order of its own
    return [sorted(pairs) for pairs in names]


def _field(oid: x509.ObjectIdentifier) -> str:
    try:
        return SHORT_NAMES[oid.dotted_string]
    except KeyError:
        raise BadOrder("bad_name", oid.dotted_string) from None


def _alternatives(named: _Named) -> _Pairs:
    try:
        found = named.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(map(_alternative, found))


def _alternative(name: x509.GeneralName) -> tuple[str, str]:
    match name:
        case x509.RFC822Name():
            return "email", name.value
        case x509.DNSName():
            return "dns", name.value
        case x509.OtherName(type_id=oid) if oid == UPN:
            return "upn", str(core.UTF8String.load(name.value, strict=True).native)
    raise BadOrder("bad_name", type(name).__name__)
