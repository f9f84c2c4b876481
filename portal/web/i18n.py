"""Language and theme: the account's own, else what was chosen in this browser, else the portal's."""

from typing import Final

from flask import Flask, request
from flask_babel import Babel

from portal.web.current import visitor
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
    """What the account or this browser was given, else the portal's own."""
    if not request:
        return default
    who = visitor()
    own = who.session.locale if who.is_authenticated else ""
    wanted = own or request.cookies.get(LANGUAGE_COOKIE, "")
    return wanted if wanted in LANGUAGES else default


def chosen_theme() -> str:
    """The theme the account or this browser was given."""
    who = visitor()
    own = who.session.theme if who.is_authenticated else ""
    theme = own or request.cookies.get(THEME_COOKIE, "auto")
    return theme if theme in THEMES else "auto"
