"""Where a web server in front of us asks for a certificate: it ends TLS and tells what it saw, which nobody else may.

Only these addresses are reached so; whatever comes of it, people go on at the portal's own address.
"""

from flask import Response, request, url_for

from portal.domain.sign_in import SignInDenied, SignInTrouble
from portal.ports.sign_in import READY
from portal.services.sessions import Visitor
from portal.web.access import public
from portal.web.auth import bp, enter
from portal.web.current import portal
from portal.web.front import CERTIFICATE_SECRET, client_address, client_certificate, shows
from portal.web.sign_in_journeys import recall
from portal.web.sign_in_ways import moved, problem

__all__ = ["bp", "ready", "show_certificate", "show_problem"]


@bp.get(READY)
@public
def ready() -> Response:
    """Whether who asks came through the web server that may tell of certificates."""
    return Response(status=204 if shows(CERTIFICATE_SECRET) else 403)


@bp.get("/sign-in/certificate/<name>")
@public
def show_certificate(name: str) -> Response:
    """Somebody with a certificate, or without; he goes on where he was going, or hears why not."""
    begun = recall(name, request.args.get("state", ""), "")
    if begun is None or not shows(CERTIFICATE_SECRET):
        return _told(name, SignInTrouble.LOST)
    visitor = Visitor(client_address(), request.headers.get("User-Agent", "")[:300])
    try:
        token = portal().certificate_sign_in.finish(name, client_certificate(), visitor)
    except SignInDenied as denied:
        return _told(name, denied.trouble)
    return enter(token, begun[1], portal().settings.base_url)


@bp.get("/sign-in/with/<name>/problem")
@public
def show_problem(name: str) -> Response:
    """Why nobody was let in, at the portal's own address."""
    why = request.args.get("why", "")
    known = SignInTrouble(why) if why in set(SignInTrouble) else SignInTrouble.LOST
    return problem(name, SignInDenied(known))


def _told(name: str, trouble: SignInTrouble) -> Response:
    return moved(portal().settings.base_url + url_for("auth.show_problem", name=name, why=trouble.value))
