"""Orders out of requests by programs we do not know: whom a certificate is for stands in the request alone."""

from datetime import datetime
from hashlib import sha256
from typing import Final

from asn1crypto import core
from cryptography import x509

from portal.connectors.ca.builtin.names import UPN
from portal.connectors.ca.builtin.orders import BadOrder
from portal.connectors.x509 import SHORT_NAMES
from portal.ports.certificate_authority import CertificateOrder

_LONGEST: Final = 40


def order_of_request(request: bytes, *, template: str, asker: str, again: datetime | None = None) -> CertificateOrder:
    """The same request by the same asker is the same order; one that renews is so for a day. Raises BadOrder."""
    try:
        asked = x509.load_der_x509_csr(request)
        subject = tuple((_field(part.oid), str(part.value)) for part in asked.subject)
        alternative = tuple(map(_alternative, _names(asked)))
    except (ValueError, TypeError, x509.DuplicateExtension) as error:
        raise BadOrder("bad_request", str(error)) from error
    said = "\0".join((asker, template, request.hex(), again.date().isoformat() if again else ""))
    return CertificateOrder(
        f"est-{sha256(said.encode()).hexdigest()[:_LONGEST]}", template, request, subject, alternative
    )


def _field(oid: x509.ObjectIdentifier) -> str:
    try:
        return SHORT_NAMES[oid.dotted_string]
    except KeyError:
        raise BadOrder("bad_name", oid.dotted_string) from None


def _names(asked: x509.CertificateSigningRequest) -> tuple[x509.GeneralName, ...]:
    try:
        return tuple(asked.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        return ()


def _alternative(name: x509.GeneralName) -> tuple[str, str]:
    match name:
        case x509.RFC822Name():
            return "email", name.value
        case x509.DNSName():
            return "dns", name.value
        case x509.OtherName(type_id=oid) if oid == UPN:
            return "upn", str(core.UTF8String.load(name.value, strict=True).native)
    raise BadOrder("bad_name", type(name).__name__)
