"""The words of a request's language: a page asks for hundreds, so each is asked for at the price of a dictionary.

What flask-babel offers under these names finds the language anew for every word. Import from here instead.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from babel import Locale
from babel.support import NullTranslations
from flask import g
from flask.globals import _cv_app
from flask_babel import LazyString, get_locale, get_translations
from markupsafe import Markup


@dataclass(slots=True)
class Tongue:
    """One language: its words, those asked for before, and those already made safe for pages."""

    locale: Locale
    words: NullTranslations
    said: dict[str | tuple[str, str], str] = field(default_factory=dict)
    safe: dict[tuple[str, ...], Markup] = field(default_factory=dict)

    @property
    def language(self) -> str:
        """The language's code."""
        return self.locale.language


def tongue() -> Tongue:
    """The language of this request; English outside of requests, as on the command line."""
    context = _cv_app.get(None)  # what lies behind ``g``, which costs ten times as much to ask
    try:
        here = context.g._flask_babel  # type: ignore[union-attr]  # noqa: SLF001  where flask-babel keeps what it found
        if here.tongue_for is here.babel_locale:
            return here.tongue
    except AttributeError:
        pass
    return _find()


def _find() -> Tongue:
    locale = get_locale()
    if locale is None:
        return _NOBODYS
    words = get_translations()
    if "tongue" not in vars(words):  # kept with the catalogue, and so as long as it
        words.tongue = Tongue(locale, words)
    here = g._get_current_object()._flask_babel  # noqa: SLF001
    here.tongue, here.tongue_for = words.tongue, locale
    return words.tongue


_NOBODYS: Final = Tongue(Locale("en"), NullTranslations())


def gettext(text: str, **values: object) -> str:
    """The text in the language of this request."""
    spoken = tongue()
    said = spoken.said.get(text)
    if said is None:
        said = spoken.said[text] = spoken.words.ugettext(text)
    return said % values if values else said


def ngettext(one: str, many: str, num: int, **values: object) -> str:
    """The text for so many."""
    return tongue().words.ungettext(one, many, num) % {"num": num, **values}


def pgettext(context: str, text: str, **values: object) -> str:
    """The text as it is said in this context."""
    spoken = tongue()
    said = spoken.said.get((context, text))
    if said is None:
        said = spoken.said[context, text] = spoken.words.upgettext(context, text)
    return said % values if values else said


def lazy_gettext(text: str, **values: object) -> LazyString:
    """A text that is translated when it is shown."""
    return LazyString(gettext, text, **values)


def lazy_pgettext(context: str, text: str, **values: object) -> LazyString:
    """A text of this context that is translated when it is shown."""
    return LazyString(pgettext, context, text, **values)


def in_page(text: str, /, **values: object) -> Markup:
    """For templates: the text, safe as it stands; values are escaped."""
    found = _safe(text)
    return found % values if values else found


def in_page_of(context: str, text: str, /, **values: object) -> Markup:
    """For templates: the text as it is said in this context."""
    found = _safe(context, text)
    return found % values if values else found


def in_page_for(one: str, many: str, num: int, /, **values: object) -> Markup:
    """For templates: the text for so many."""
    return Markup(tongue().words.ungettext(one, many, num)) % {"num": num, **values}  # noqa: S704  our own words


def in_templates() -> dict[str, Any]:
    """What templates know these functions by."""
    return {"_": in_page, "gettext": in_page, "ngettext": in_page_for, "pgettext": in_page_of}


def _safe(*key: str) -> Markup:
    spoken = tongue()
    found = spoken.safe.get(key)
    if found is None:
        words = spoken.words
        found = Markup(words.upgettext(*key) if len(key) > 1 else words.ugettext(*key))  # noqa: S704  our own words
        spoken.safe[key] = found
    return found
