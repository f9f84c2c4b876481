"""The built-in authority for programs of other people: enrolment over secure transport (RFC 7030)."""

import binascii
from base64 import b64decode, b64encode
from typing import Final, Protocol, runtime_checkable

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from flask import Blueprint, Response, abort, request

from portal.bootstrap import BUILTIN_CA
from portal.connectors.ca.builtin.named_requests import order_of_request
from portal.connectors.ca.builtin.orders import BadOrder
from portal.connectors.ca.builtin.store import StoreDown
from portal.connectors.ca.builtin.templates import TEMPLATES
from portal.domain.outcomes import Done, Refused, Waiting
from portal.pki.cmp_audit import Book
from portal.pki.est_askers import SOON, Asker, asker_of, later
from portal.pki.est_attributes import attributes_of
from portal.pki.patience import said
from portal.ports.certificate_authority import CertificateAuthority, CertificateOrder
from portal.web.access import public
from portal.web.current import portal

bp = Blueprint("est", __name__, url_prefix="/.well-known/est")

LARGEST_REQUEST: Final = 64 * 1024


@runtime_checkable
class _Own(Protocol):
    """The built-in authority, which alone publishes its certificate here."""

    def ca_certificate_der(self) -> bytes: ...


@bp.get("/cacerts")
@bp.get("/<label>/cacerts")
@public
def ca_certificates(**_label: str) -> Response:
    """The authority's certificate (4.1); the same under every label."""
    authority = _authority()
    if not isinstance(authority, _Own):
        abort(404)
    return _certificates(authority.ca_certificate_der())


@bp.get("/csrattrs")
@bp.get("/<label>/csrattrs")
@public
def wanted_attributes(label: str = "") -> Response:
    """What a request had best say (4.5): it depends on the template, so without one there is nothing to say."""
    template = TEMPLATES.get(label) if isinstance(_authority(), _Own) else None
    if template is None:
        return Response(status=204)
    return _coded(attributes_of(template), "application/csrattrs")


@bp.post("/simpleenroll")
@bp.post("/<label>/simpleenroll")
@public
def enroll(label: str = "") -> Response:
    """A first certificate (4.2.1); the label is the template."""
    return _ordered(label, renews=False)


@bp.post("/simplereenroll")
@bp.post("/<label>/simplereenroll")
@public
def enroll_again(label: str = "") -> Response:
    """A certificate after another one (4.2.2)."""
    return _ordered(label, renews=True)


def _ordered(label: str, *, renews: bool) -> Response:
    authority = _authority()
    try:
        asker = asker_of(authority, renews=renews)
        order = _order(asker, asker.template(label), renews=renews)
        book = Book(portal(), authority, asker.name)
        outcome = book.issuing(order.order_id, lambda: authority.request(order))
    except BadOrder as error:
        return said(400, str(error))
    except StoreDown:
        return later()
    match outcome:
        case Done(reply=issued):
            return _certificates(issued.certificate)
        case Waiting():
            return Response(status=202, headers={"Retry-After": SOON})
        case Refused(why=reason, permanent=True):
            return said(400, f"{reason.detail}: {reason.get('about')}")
        case Refused():
            return later()


def _order(asker: Asker, template: str, *, renews: bool) -> CertificateOrder:
    old = asker.own.certificate if asker.own else None
    if old:
        return order_of_request(_request(), template=template, asker=asker.name, instead=old)
    again = portal().clock.now() if renews else None
    return order_of_request(_request(), template=template, asker=asker.name, again=again)


def _request() -> bytes:
    """The request in DER; it comes in base64, from some in DER (RFC 8951 lets no header say which)."""
    if (request.content_length or 0) > LARGEST_REQUEST:
        abort(413)
    body = request.get_data(cache=False)
    if body[:1] == b"\x30":
        return body
    try:
        return b64decode(b"".join(body.split()), validate=True)
    except binascii.Error:
        abort(400)


def _authority() -> CertificateAuthority:
    found = portal().authorities.get(BUILTIN_CA)
    if found is None:
        abort(404)
    return found


def _certificates(*ders: bytes) -> Response:
    found = [x509.load_der_x509_certificate(der) for der in ders]
    bundle = pkcs7.serialize_certificates(found, Encoding.DER)
    return _coded(bundle, "application/pkcs7-mime; smime-type=certs-only")


def _coded(content: bytes, kind: str) -> Response:
    headers = {"Content-Transfer-Encoding": "base64", "Cache-Control": "no-store"}
    # in one line: some clients stumble over others (RFC 8951 asks for none)
    return Response(b64encode(content), content_type=kind, headers=headers)
