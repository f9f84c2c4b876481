"""Language and theme: what a person chose in this browser, else the portal's own."""

from typing import Final

from flask import Flask, request
from flask_babel import Babel

from portal.web.translate import in_templates

LANGUAGES: Final = ("ru", "en")
THEMES: Final = ("auto", "light", "dark")
LANGUAGE_COOKIE: Final = "klyuchnik-language"
THEME_COOKIE: Final = "klyuchnik-theme"


def init_languages(app: Flask, *, default: str) -> None:
    """Choose the language for each request."""
    Babel(app, default_locale=default, locale_selector=lambda: chosen_language(default))
    app.jinja_env.globals.update(in_templates())


def chosen_language(default: str) -> str:
    """What this browser was given, else the portal's own."""
    cookie = request.cookies.get(LANGUAGE_COOKIE, "") if request else ""
    return cookie if cookie in LANGUAGES else default


def chosen_theme() -> str:
    """The theme this browser was given."""
    theme = request.cookies.get(THEME_COOKIE, "auto")
    return theme if theme in THEMES else "auto"
