"""Pages and fragments: the one place that looks at htmx's headers."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Response, make_response, redirect, render_template, url_for
from htmx_flask import request


def wants_fragment() -> bool:
    """Whether htmx asks for a part of a page; boosted links and a restored history want whole pages."""
    htmx = request.htmx
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def page_or_fragment(page: str, fragment: str, /, *, status: int = 200, **view: Any) -> Response:
    """The page, or its fragment alone when htmx asks for it."""
    template = fragment if wants_fragment() else page
    response = make_response(render_template(template, **view), status)
    response.vary.add("HX-Request")
    if status != 200:  # noqa: PLR2004  a form that came back keeps the address of the page it stands on
        response.headers["HX-Push-Url"] = "false"
    return response


def see_other(location: str) -> Response:
    """After a POST: go and look; a fragment request follows and takes the fragment of what it finds."""
    return redirect(location, 303)  # type: ignore[return-value]


def whole_page(location: str) -> Response:
    """Leave the page for another one, whoever asked."""
    if not wants_fragment():
        return see_other(location)
    response = Response(status=204)
    response.headers["HX-Redirect"] = location
    return response


def page_address() -> str | None:
    """The address of the page a fragment was asked from; nothing for a request that is a page itself."""
    if not wants_fragment():
        return None
    parts = urlsplit(request.htmx.current_url or "")
    return local_address(parts._replace(scheme="", netloc="", fragment="").geturl())


def local_address(address: str | None) -> str | None:
    """The address if it stays on this site, else nothing; what a browser would read otherwise is refused."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return None
    if any(character in address for character in "\\\r\n\t"):
        return None
    parts = urlsplit(address)
    return None if parts.scheme or parts.netloc else address


def address(endpoint: str, query: Mapping[str, Any], /, **values: Any) -> str:
    """The address of a page with this query; several values of one name are a list."""
    arguments: dict[str, Any] = {**query, **values}
    return url_for(endpoint, **arguments)
