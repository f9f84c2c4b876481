"""Language and theme: small forms of the account menu. Kept with the account, and in this browser for the sign-in."""

from typing import Final

from flask import Blueprint, Response, abort, current_app, request, url_for
from flask_login import current_user

from portal.web.access import public
from portal.web.current import portal
from portal.web.i18n import LANGUAGE_COOKIE, LANGUAGES, THEME_COOKIE, THEMES
from portal.web.pages import local_address, see_other

bp = Blueprint("preferences", __name__)

YEAR: Final = 365 * 24 * 3600


@bp.post("/language")
@public
def language() -> Response:
    """Speak this language from now on."""
    chosen = _allowed("language", LANGUAGES)
    if current_user.is_authenticated:
        portal().own_account.prefer(current_user.id, locale=chosen)
    return _remember(LANGUAGE_COOKIE, chosen)


@bp.post("/theme")
@public
def theme() -> Response:
    """Look like this from now on."""
    chosen = _allowed("theme", THEMES)
    if current_user.is_authenticated:
        portal().own_account.prefer(current_user.id, theme=chosen)
    return _remember(THEME_COOKIE, chosen)


def _allowed(field: str, allowed: tuple[str, ...]) -> str:
    value = request.form.get(field, "")
    if value not in allowed:
        abort(400)
    return value


def _remember(cookie: str, value: str) -> Response:
    response = see_other(local_address(request.form.get("next")) or url_for("root"))
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(cookie, value, max_age=YEAR, httponly=True, secure=secure, samesite="Lax")
    return response
