"""Words people search by: folded the same way when they are stored and when they are typed."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import InstrumentedAttribute

from portal.domain.texts import fold

__all__ = [
    "LAST",
    "begins_with",
    "device_words",
    "fold",
    "person_keys",
    "person_words",
    "typed_words",
    "variants",
]

#: Sorts after every letter: the end of a range of prefixes.
LAST: Final = "\U0010ffff"
_PARTS: Final = re.compile(r"[\s\-._@/\\,;]+")
_MAX_WORDS: Final = 5
_MAX_LENGTH: Final = 60

_LATIN_KEYS: Final = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_RUSSIAN_KEYS: Final = "йцукенгшщзхъфывапролджэячсмитьбюё"
_TO_RUSSIAN_KEYS: Final = str.maketrans(_LATIN_KEYS, _RUSSIAN_KEYS)
_TO_LATIN_KEYS: Final = str.maketrans(_RUSSIAN_KEYS, _LATIN_KEYS)

# longest first: "shch" must not be read as "sh" and "ch"
_CYRILLIC: Final = {
    "shch": "щ", "sch": "щ", "zh": "ж", "kh": "х", "ts": "ц", "ch": "ч", "sh": "ш", "yu": "ю", "iu": "ю", "ju": "ю",
    "ya": "я", "ia": "я", "ja": "я", "yo": "е", "ye": "е", "a": "а", "b": "б", "c": "к", "d": "д", "e": "е", "f": "ф",
    "g": "г", "h": "х", "i": "и", "j": "й", "k": "к", "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "q": "к",
    "r": "р", "s": "с", "t": "т", "u": "у", "v": "в", "w": "в", "x": "кс", "y": "ы", "z": "з", "'": "ь",
}  # fmt: skip
_SYLLABLE: Final = re.compile("|".join(sorted(map(re.escape, _CYRILLIC), key=len, reverse=True)))
_IY: Final = re.compile(r"(iy|ij|yy|y)\b")


def typed_words(text: str) -> tuple[str, ...]:
    """The words of a query, each once, at most five."""
    words = (word[:_MAX_LENGTH] for word in fold(text).split())
    return tuple(dict.fromkeys(words))[:_MAX_WORDS]


def variants(text: str) -> tuple[str, ...]:
    """What the person may have meant: the other keyboard layout either way, then Latin letters for Cyrillic."""
    folded = text.casefold()
    other = (folded.translate(_TO_RUSSIAN_KEYS), folded.translate(_TO_LATIN_KEYS), _to_cyrillic(folded))
    return tuple(dict.fromkeys(fold(guess) for guess in other if fold(guess) != fold(text)))


def person_words(attributes: Mapping[str, str]) -> tuple[str, ...]:
    """Every word a person is found by, surname first."""
    names = [attributes.get(name, "") for name in ("surname", "given_name", "middle_name")]
    return _words([*names, attributes.get("login", ""), attributes.get("email", "")])


def person_keys(attributes: Mapping[str, str]) -> tuple[str, str]:
    """The search key (all words) and the sort key (names only) of a person."""
    names = " ".join(attributes.get(name, "") for name in ("surname", "given_name", "middle_name"))
    return " ".join(person_words(attributes))[:500], fold(names)[:250]


def device_words(serial: str, label: str) -> tuple[str, ...]:
    """Every word a device is found by: its serial number, also without leading zeros, and its label."""
    return _words([serial, serial.lstrip("0"), label])


def begins_with(column: ColumnElement[Any] | InstrumentedAttribute[str], prefix: str) -> ColumnElement[bool]:
    """A prefix as a range, which an index answers on both databases."""
    return and_(column >= prefix, column < prefix + LAST)


def _words(texts: Iterable[str]) -> tuple[str, ...]:
    whole = [fold(text) for text in texts]
    found = [word for text in whole for word in text.split()]
    parts = [part for word in found for part in _PARTS.split(word.partition("@")[0]) if len(part) > 1]
    return tuple(dict.fromkeys(word[:200] for word in (*found, *parts) if word))


def _to_cyrillic(text: str) -> str:
    # a final y is ий or ый far more often than ы in names
    return _SYLLABLE.sub(lambda found: _CYRILLIC[found.group()], _IY.sub("ий", text))
