"""What the person is told, in Russian and English; one catalogue, so that neither language falls behind."""

from typing import Final

from agent.settings import Language
from agent.texts import TEXTS, TROUBLES
from portal.domain.contents import PinTries
from portal.domain.troubles import Trouble, Why

_PLACE: Final = {Language.EN: 0, Language.RU: 1}
_UNKNOWN: Final = "trouble"


class Words:
    """The catalogue in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._place = _PLACE[language]

    def __call__(self, key: str, **data: object) -> str:
        """The sentence with this key."""
        return TEXTS[key][self._place].format(**data)

    def why(self, because: Why) -> str:
        """A trouble in words, with what to do about it where we know."""
        pair = TROUBLES.get(because.trouble)
        detail = f" ({because.detail})" if because.detail else ""
        if pair is None:
            return self(_UNKNOWN, code=because.trouble.value) + detail
        return pair[self._place] + detail

    def trouble(self, trouble: Trouble) -> str:
        return self.why(Why(trouble))

    def tries(self, tries: PinTries) -> str:
        """A line about the tries that are left; empty when there are plenty."""
        key = {PinTries.LOW: "tries_low", PinTries.LAST: "tries_last", PinTries.LOCKED: "tries_locked"}.get(tries)
        return self(key) if key else ""
