"""Language and theme: what a person chose in this browser, else the portal's own."""

from typing import Final

from babel.support import NullTranslations
from flask import Flask, g, request
from flask_babel import Babel, Domain

LANGUAGES: Final = ("ru", "en")
THEMES: Final = ("auto", "light", "dark")
LANGUAGE_COOKIE: Final = "klyuchnik-language"
THEME_COOKIE: Final = "klyuchnik-theme"


def init_languages(app: Flask, *, default: str) -> None:
    """Choose the language for each request."""
    babel = Babel(app, default_locale=default, locale_selector=lambda: chosen_language(default))
    words = babel.domain_instance = Words()
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: words.get_translations().ugettext(text),
        ngettext=lambda one, many, number: words.get_translations().ungettext(one, many, number),
        pgettext=lambda context, text: words.get_translations().upgettext(context, text),
        npgettext=lambda context, *rest: words.get_translations().unpgettext(context, *rest),
        newstyle=True,
    )


class Words(Domain):  # type: ignore[misc]
    """The catalogue of translations, looked up once for a request: a page asks for hundreds of words."""

    def get_translations(self) -> NullTranslations:
        """The words of the language of this request."""
        if not g:
            return super().get_translations()
        if "words" not in g:
            g.words = super().get_translations()
        return g.words


def chosen_language(default: str) -> str:
    """What this browser was given, else the portal's own."""
    cookie = request.cookies.get(LANGUAGE_COOKIE, "") if request else ""
    return cookie if cookie in LANGUAGES else default


def chosen_theme() -> str:
    """The theme this browser was given."""
    theme = request.cookies.get(THEME_COOKIE, "auto")
    return theme if theme in THEMES else "auto"
