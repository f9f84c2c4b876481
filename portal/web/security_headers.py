"""Headers that keep a browser from doing what our pages never ask for, and the check of where a change comes from."""

from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, request
from flask_login import current_user

from portal.domain.errors import Forbidden

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
HSTS: Final = "max-age=63072000; includeSubDomains"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def init_headers(app: Flask, *, base_url: str) -> None:
    """Put the headers on every answer."""
    wanted = [*HEADERS.items(), ("Cache-Control", "no-store")]
    if base_url.startswith("https:"):
        wanted.append(("Strict-Transport-Security", HSTS))

    def add(response: Response) -> Response:
        given = {name.lower() for name, _value in response.headers}  # each look-up walks through all
        for name, value in wanted:
            if name.lower() not in given:
                response.headers.add(name, value)
        response.vary.add("Cookie")
        return response

    app.after_request(add)


def refuse_foreign_origin() -> None:
    """A change must come from our own page: the browser says so itself, whatever token was sent."""
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("Origin")
    if comes_from_elsewhere() or (origin is not None and _host(origin) != request.host):
        raise Forbidden("foreign_origin", permission="", visitor=str(current_user.is_authenticated))


def comes_from_elsewhere() -> bool:
    """Whether the browser says that a page of another site led here."""
    site = request.headers.get("Sec-Fetch-Site")
    return site is not None and site not in {"same-origin", "none"}


def _host(origin: str) -> str:
    return urlsplit(origin).netloc
