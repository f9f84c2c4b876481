"""Kinds of errors into answers: a status, and a page or a toast in words. The only such mapping."""

from dataclasses import dataclass
from secrets import token_hex
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, make_response, render_template, request, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from portal.domain.audit import AuditTag
from portal.domain.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    OutsideUnavailable,
    PolicyForbids,
    PortalError,
)
from portal.web.current import portal
from portal.web.pages import local_address, page_address, wants_fragment
from portal.web.words.errors import Said, form_too_old, incident, of_error, of_status
from portal.web.words.names import permission_name

STATUSES: Final[dict[type[PortalError], int]] = {
    InvalidInput: 422,
    NotFound: 404,
    Forbidden: 403,
    Conflict: 409,
    PolicyForbids: 409,
    OutsideUnavailable: 503,
}
PAGES: Final = {
    403: "errors/forbidden.html",
    404: "errors/not_found.html",
    405: "errors/wrong_method.html",
    429: "errors/too_many.html",
    500: "errors/failure.html",
    503: "errors/unavailable.html",
}

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What an error page says beside its own words."""

    href: str
    what: str = ""
    because: str = ""
    permission: str = ""
    outside: bool = False
    incident: str = ""


#: Whatever part of an answer was wanted, and wherever: this one is a message, and the address stays as it is.
AS_TOAST: Final = {
    "HX-Retarget": "#toasts",
    "HX-Reswap": "afterbegin",
    "HX-Reselect": "unset",
    "HX-Push-Url": "false",
}


def init_errors(app: Flask) -> None:
    """Answer every failure in words."""
    app.register_error_handler(PortalError, _portal_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unknown_error)


def status_of(error: PortalError) -> int:
    """The HTTP status of an error's kind."""
    return next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), 500)


def sign_in_first() -> Response:
    """Nobody is signed in: a page leads to the sign-in and back, a fragment makes its page go there."""
    if wants_fragment():
        response = Response(status=401)
        response.headers["HX-Redirect"] = url_for("auth.sign_in", next=page_address() or None)
    else:
        wanted = request.full_path.rstrip("?") if request.method == "GET" else None
        response = Response(status=303, headers={"Location": url_for("auth.sign_in", next=wanted)})
    response.vary.add("HX-Request")
    return response


def _answer(said: Said, status: int, page: str = "", **details: Any) -> Response:
    if wants_fragment():
        response = make_response(render_template("shared/_toast.html", toast=said), status)
        response.headers.update(AS_TOAST)
    else:
        problem = Problem(href=_way_back(), what=said.title, because=said.text, **details)
        template = page or PAGES.get(status, "errors/conflict.html")
        response = make_response(render_template(template, problem=problem), status)
    response.vary.add("HX-Request")
    return response


def _portal_error(error: PortalError) -> Response:
    said, status = of_error(error), status_of(error)
    if isinstance(error, Forbidden) and current_user.is_authenticated:
        _note_denial(error)
    permission = permission_name(error.data.get("permission", "")) if status == 403 else ""  # noqa: PLR2004
    response = _answer(said, status, permission=permission, outside=isinstance(error, OutsideUnavailable))
    if isinstance(error, OutsideUnavailable) and error.retry_at is not None:
        response.retry_after = error.retry_at
    return response


def _note_denial(error: Forbidden) -> None:
    what = {"permission": error.data.get("permission", "") or error.code}
    subject = f"route:{request.method} {request.path}"[:120]
    portal().audit.record(AuditTag.ACCESS_DENIED, actor=current_user.login, subject=subject, **what)


def _csrf_error(_: CSRFError) -> Response:
    return _answer(form_too_old(), 400, "errors/expired.html")


def _http_error(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:  # noqa: PLR2004  redirects of the routing
        return error
    response = _answer(of_status(error.code), error.code)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _unknown_error(error: Exception) -> Response:
    number = token_hex(4)
    _log.error("incident", incident=number, path=request.path, method=request.method, exc_info=error)
    return _answer(incident(number), 500, incident=number)


def _way_back() -> str:
    # where a person stands: this very page when it was only looked at, else the page the form was on
    if request.method == "GET":
        return request.full_path.rstrip("?")
    parts = urlsplit(request.referrer or "")
    same = parts.netloc in {"", request.host}
    back = local_address(parts._replace(scheme="", netloc="", fragment="").geturl()) if same else None
    return back or url_for("root")
