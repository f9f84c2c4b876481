"""The built-in authority for programs of other people: certificate management by messages (RFC 4210, RFC 9483)."""

from typing import Final

from flask import Blueprint, Response, abort, request

from portal.bootstrap import BUILTIN_CA
from portal.connectors.ca.builtin.authority import BuiltinAuthority
from portal.connectors.ca.builtin.signing import SignerDown
from portal.connectors.ca.builtin.store import StoreDown
from portal.connectors.ca.cmp.envelope import LARGEST, MEDIA_TYPE, BadMessage, read
from portal.pki.cmp_desk import Desk
from portal.pki.patience import address_of_asker, come_again, said
from portal.services.enrolling_door import EnrollingThrottled
from portal.web.access import public
from portal.web.current import portal

bp = Blueprint("cmp", __name__, url_prefix="/.well-known/cmp")

_SOON: Final = {"Retry-After": "60"}


@bp.post("")
@bp.post("/p/<label>")
@public
def message(label: str = "") -> Response:
    """One message, one answer (RFC 6712); the label is the template."""
    if request.mimetype != MEDIA_TYPE:
        abort(415)
    if (request.content_length or 0) > LARGEST:
        abort(413)
    authority = portal().authorities.get(BUILTIN_CA)
    if not isinstance(authority, BuiltinAuthority):
        abort(404)
    return _answered(Desk(portal(), authority, address_of_asker(), label))


def _answered(desk: Desk) -> Response:
    try:
        answer = desk.answer(read(request.get_data(cache=False)))
    except BadMessage:
        return said(400, "This is no message of CMP")
    except EnrollingThrottled as throttled:
        return come_again(throttled)
    except (StoreDown, SignerDown):
        return Response(status=503, headers=_SOON)
    return Response(answer, content_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})
