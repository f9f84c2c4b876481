"""Language and theme of this browser: small forms of the account menu."""

from typing import Final

from flask import Blueprint, Response, abort, current_app, request, url_for

from portal.web.access import public
from portal.web.i18n import LANGUAGE_COOKIE, LANGUAGES, THEME_COOKIE, THEMES
from portal.web.pages import local_address, see_other

bp = Blueprint("preferences", __name__)

YEAR: Final = 365 * 24 * 3600


@bp.post("/language")
@public
def language() -> Response:
    """Speak this language from now on."""
    return _remember(LANGUAGE_COOKIE, request.form.get("language", ""), LANGUAGES)


@bp.post("/theme")
@public
def theme() -> Response:
    """Look like this from now on."""
    return _remember(THEME_COOKIE, request.form.get("theme", ""), THEMES)


def _remember(cookie: str, value: str, allowed: tuple[str, ...]) -> Response:
    if value not in allowed:
        abort(400)
    response = see_other(local_address(request.form.get("next")) or url_for("root"))
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(cookie, value, max_age=YEAR, httponly=True, secure=secure, samesite="Lax")
    return response
