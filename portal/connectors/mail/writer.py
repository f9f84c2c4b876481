"""Letters from plain text templates: the first line is the subject, one file for each kind and language."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from babel import Locale
from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from portal.ports.letters import LetterFacts

TEMPLATES: Final = Path(__file__).parents[2] / "templates" / "emails"
LOCALES: Final = ("ru", "en")
#: How each writes dates: as the pages do.
DATES: Final = {"ru": "ru", "en": "en_GB"}
_GAPS: Final = re.compile(r"\n{3,}")


class TemplateWriter:
    """Implements portal.ports.letters.LetterWriter."""

    def __init__(self) -> None:
        loader = FileSystemLoader(str(TEMPLATES))
        # plain text, never shown as HTML: escaping would put entities into people's names
        self._pages = Environment(
            loader=loader,
            undefined=StrictUndefined,
            autoescape=False,  # noqa: S701  # nosec B701
            keep_trailing_newline=True,
        )

    def write(self, facts: LetterFacts, locale: str) -> tuple[str, str]:
        """Subject and body in this language, Russian when there is no other."""
        language = locale if locale in LOCALES else LOCALES[0]
        self._pages.filters["day"] = lambda at: format_date(at.astimezone(), "long", locale=DATES[language])
        self._pages.filters["counted"] = lambda number, words: _counted(language, number, words)
        page = self._pages.get_template(f"{language}/{facts.kind.value}.txt")
        subject, _line, body = page.render(facts=facts).strip().partition("\n")
        return " ".join(subject.split()), _GAPS.sub("\n\n", body.strip()) + "\n"


def _counted(language: str, number: int, words: Sequence[str]) -> str:
    """Which of these words go with the number: for one, for a few where the language has that, for many."""
    place = {"one": 0, "few": 1}.get(Locale(language).plural_form(number), len(words) - 1)
    return words[min(place, len(words) - 1)]
