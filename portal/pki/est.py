"""The built-in authority for programs of other people: enrolment over secure transport (RFC 7030)."""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Collection
from math import ceil
from typing import Final, Protocol, runtime_checkable

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from flask import Blueprint, Response, abort, request

from portal.bootstrap import BUILTIN_CA
from portal.connectors.ca.builtin.named_requests import order_of_request
from portal.connectors.ca.builtin.orders import BadOrder
from portal.domain.outcomes import Done, Refused, Waiting
from portal.pki.cmp_audit import Book
from portal.ports.certificate_authority import CertificateAuthority
from portal.services import passwords
from portal.services.enrolling_door import EnrollingThrottled
from portal.web.access import public
from portal.web.current import portal

bp = Blueprint("est", __name__, url_prefix="/.well-known/est")

LARGEST_REQUEST: Final = 64 * 1024
SOON: Final = "60"
_REALM: Final = 'Basic realm="EST", charset="UTF-8"'


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
def wanted_attributes(**_label: str) -> Response:
    """Nothing has to be in a request beside its names (4.5)."""
    return Response(status=204)


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
    allowed = _let_in()
    template = label or (next(iter(allowed)) if len(allowed) == 1 else "")
    if template not in allowed:
        return _said(403, f"This account may not order of the template {template!r}; it may order of {sorted(allowed)}")
    again = portal().clock.now() if renews else None
    asker = request.authorization.username if request.authorization else ""
    try:
        order = order_of_request(_request(), template=template, asker=asker or "", again=again)
    except BadOrder as error:
        return _said(400, str(error))
    authority = _authority()
    book = Book(portal(), authority, asker or "")
    match book.issuing(order.order_id, lambda: authority.request(order)):
        case Done(reply=issued):
            return _certificates(issued.certificate)
        case Waiting():
            return Response(status=202, headers={"Retry-After": SOON})
        case Refused(why=reason, permanent=True):
            return _said(400, f"{reason.detail}: {reason.get('about')}")
        case Refused():
            return Response(status=503, headers={"Retry-After": SOON})


def _let_in() -> Collection[str]:
    """The templates whoever asks may order; refuses others."""
    if passwords.crowded():
        abort(Response(status=503, headers={"Retry-After": SOON}))
    given = request.authorization
    if given is None or given.type != "basic":
        abort(Response("Who asks?", status=401, headers={"WWW-Authenticate": _REALM}))
    try:
        allowed = portal().enrolling_door.let_in(given.username or "", given.password or "", request.remote_addr or "")
    except EnrollingThrottled as throttled:
        wait = ceil((throttled.until - portal().clock.now()).total_seconds())
        abort(Response("Too many were wrong from there", status=429, headers={"Retry-After": str(max(wait, 1))}))
    if allowed is None:
        abort(Response("Nobody of this name and password", status=401, headers={"WWW-Authenticate": _REALM}))
    return allowed


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
    # in one line: some clients stumble over others (RFC 8951 asks for none)
    bundle = b64encode(pkcs7.serialize_certificates(found, Encoding.DER))
    headers = {"Content-Transfer-Encoding": "base64", "Cache-Control": "no-store"}
    return Response(bundle, content_type="application/pkcs7-mime; smime-type=certs-only", headers=headers)


def _said(status: int, text: str) -> Response:
    return Response(text, status=status, content_type="text/plain; charset=utf-8")
