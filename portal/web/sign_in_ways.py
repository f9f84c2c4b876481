"""Signing in without a password of ours: sent to a provider, and back with its word."""

from collections.abc import Mapping
from secrets import token_urlsafe
from typing import Final

from flask import Response, make_response, redirect, render_template, request, session, url_for

from portal.db.queries.sign_in import way_of
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.sign_in import SignInDenied, SignInTrouble
from portal.ports.sign_in import Journey
from portal.web.access import public
from portal.web.auth import LEAVING, bp, enter, visitor_here, wanted_address
from portal.web.current import portal
from portal.web.security_headers import comes_from_elsewhere
from portal.web.sign_in_journeys import recall, remember
from portal.web.views_sign_in import sign_in_problem

_STATUSES: Final[Mapping[SignInTrouble, int]] = {SignInTrouble.AWAY: 503, SignInTrouble.THROTTLED: 429}
_LONGEST: Final = 4096


@bp.get("/sign-in/with/<name>")
@public
def begin(name: str) -> Response:
    """Off to where it is proved who one is; only from a page of ours."""
    if comes_from_elsewhere():
        return moved(url_for("auth.sign_in"))
    with portal().database.read() as connection:
        way = way_of(connection, name)
    try:
        shown = way is not None and way.kind is ConnectorKind.SIGN_IN_CERTIFICATE
        journey, there = _to_certificate(name) if shown else portal().provider_sign_in.begin(name, _back(name))
    except SignInDenied as denied:
        return problem(name, denied)
    remember(name, journey, wanted_address())
    return moved(there)


def _to_certificate(name: str) -> tuple[Journey, str]:
    """Off to the address where the web server asks for a certificate."""
    journey = Journey(token_urlsafe(32), "", "", "")
    place = portal().certificate_sign_in.place(name)
    return journey, place + url_for("auth.show_certificate", name=name, state=journey.state)


@bp.get("/sign-in/with/<name>/answer")
@public
def answer(name: str) -> Response:
    """Back again; afterwards go where one was going."""
    said = {key: request.args.get(key, "")[:_LONGEST] for key in ("code", "error", "iss")}
    begun = recall(name, request.args.get("state", ""), _back(name))
    if begun is None:
        return problem(name, SignInDenied(SignInTrouble.LOST))
    journey, wanted = begun
    try:
        token = portal().provider_sign_in.finish(name, journey, said, visitor_here())
    except SignInDenied as denied:
        return problem(name, denied)
    return enter(token, wanted)


@bp.get("/sign-in/with/<name>/over")
@public
def leave(name: str) -> Response:
    """Sign out over there, too, and come back; only from a page of ours."""
    if comes_from_elsewhere():
        return moved(url_for("auth.sign_in"))
    here = portal().settings.base_url + url_for("auth.sign_in")
    there = portal().provider_sign_in.way_out(name, here, session.pop(LEAVING, ""))
    return moved(there or url_for("auth.sign_in"))


def problem(name: str, denied: SignInDenied) -> Response:
    """Why nobody was let in, and what to do."""
    with portal().database.read() as connection:
        way = way_of(connection, name)
    said = sign_in_problem(denied.trouble, way, name)
    response = make_response(render_template("auth/problem.html", problem=said), _STATUSES.get(denied.trouble, 403))
    if denied.retry_at is not None:
        seconds = (denied.retry_at - portal().clock.now()).total_seconds()
        response.headers["Retry-After"] = str(max(1, round(seconds)))
    return response


def _back(name: str) -> str:
    """Where a provider sends people back to, as it is told there."""
    return portal().settings.base_url + url_for("auth.answer", name=name)


def moved(address: str) -> Response:
    """Go there."""
    return redirect(address, 303)  # type: ignore[return-value]
