"""The public addresses that stand in issued certificates."""

from base64 import b64decode
from binascii import Error as NotBase64
from typing import Final, Protocol, runtime_checkable
from urllib.parse import unquote_to_bytes

from flask import Blueprint, Response, abort, request

from portal.web.access import public
from portal.web.current import portal

bp = Blueprint("pki", __name__, url_prefix="/pki")

LARGEST_QUESTION: Final = 16 * 1024
FOR_A_WHILE: Final = "public, max-age=300"


@runtime_checkable
class Publisher(Protocol):
    """A CA that publishes by itself; others publish elsewhere."""

    def ca_certificate_der(self) -> bytes: ...

    def crl_der(self) -> bytes: ...

    def ocsp_answer(self, request: bytes) -> bytes: ...


@bp.get("/<ca>/crl")
@public
def crl(ca: str) -> Response:
    """The list of revoked certificates (RFC 5280)."""
    return _published(_publisher(ca).crl_der(), "application/pkix-crl")


@bp.get("/<ca>/ca.cer")
@bp.get("/<ca>/certificate")
@public
def ca_certificate(ca: str) -> Response:
    """The CA's own certificate."""
    return _published(_publisher(ca).ca_certificate_der(), "application/pkix-cert")


@bp.post("/<ca>/ocsp")
@public
def ocsp(ca: str) -> Response:
    """An OCSP question in the body (RFC 6960, A.1)."""
    if request.mimetype != "application/ocsp-request":
        abort(415)
    return _answered(ca, request.get_data(cache=False))


@bp.get("/<ca>/ocsp/<path:question>")
@public
def ocsp_by_address(ca: str, question: str) -> Response:
    """An OCSP question in the address; taken from the raw path, where "//" and "%2F" are still as they were sent."""
    raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or ""
    sent = raw.split("?")[0].partition("/ocsp/")[2] or question
    try:
        return _answered(ca, b64decode(unquote_to_bytes(sent), validate=True))
    except NotBase64:
        abort(400)


def _answered(ca: str, question: bytes) -> Response:
    if len(question) > LARGEST_QUESTION:
        abort(413)
    response = Response(_publisher(ca).ocsp_answer(question), mimetype="application/ocsp-response")
    response.headers["Cache-Control"] = "no-store"  # an answer may carry the asker's nonce
    return response


def _publisher(name: str) -> Publisher:
    authority: object = portal().authorities.get(name)
    if not isinstance(authority, Publisher):
        abort(404)
    return authority


def _published(content: bytes, kind: str) -> Response:
    response = Response(content, mimetype=kind)
    response.headers["Cache-Control"] = FOR_A_WHILE
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
