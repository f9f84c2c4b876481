"""Whether the web is up; says nothing else, since everybody may ask."""

from flask import Blueprint, Response

from portal.web.access import public

bp = Blueprint("health", __name__)


@bp.get("/health")
@public
def health() -> Response:
    """Alive."""
    return Response("ok\n", mimetype="text/plain")
