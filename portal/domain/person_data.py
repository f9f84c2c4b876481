"""What may be written about a person, and how two states of his data differ."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from portal.domain.attributes import KNOWN_ATTRIBUTES

Attributes = Mapping[str, str]

REQUIRED: Final = ("surname", "given_name", "login")
#: What identifies a person to the state: kept where it is there already, never told in the audit log, never exported.
IDENTITY: Final = frozenset({"snils", "inn", "passport", "birth_date"})
#: Stands in the audit log where the value itself must not.
HIDDEN: Final = "•••"

#: Controls, halves of pairs, private and unassigned characters.
_UNKEPT: Final = frozenset({"Cc", "Cs", "Co", "Cn"})
_LONGEST: Final = 250
_LENGTHS: Final = {"login": 100, "email": 200, "title": 200, "surname": 60, "given_name": 60, "middle_name": 60}
_NAMES: Final = ("surname", "given_name", "middle_name")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LOGIN: Final = re.compile(r"[^\s\"'<>,;:|\\/\[\]=+*?]+")
_MAIL: Final = re.compile(r"[^\s@<>\"',;]+@[^\s@<>\"',;]+")


@dataclass(frozen=True, slots=True)
class Change:
    """One attribute that differs."""

    name: str
    before: str
    after: str


def is_attribute_name(name: str) -> bool:
    """Whether an attribute may be called so: as recipes write it in braces."""
    return _NAME.fullmatch(name) is not None


def tidy(attributes: Attributes) -> dict[str, str]:
    """Values without needless spaces, in one composition; what is empty is left out."""
    values = ((name, " ".join(unicodedata.normalize("NFC", value).split())) for name, value in attributes.items())
    return {name: value for name, value in values if value}


def whole_name(attributes: Attributes) -> str:
    """Surname, given name and patronymic."""
    return " ".join(attributes[name] for name in _NAMES if attributes.get(name))


def completed(attributes: Attributes, before: Attributes | None = None) -> dict[str, str]:
    """Tidy, with the common name made of the names unless somebody gave another one."""
    found = tidy(attributes)
    followed = before is not None and found.get("cn") == before.get("cn") == whole_name(before)
    if followed or "cn" not in found:
        found["cn"] = whole_name(found)
    return {name: value for name, value in found.items() if value}


def faults(attributes: Attributes) -> dict[str, str]:
    """What cannot be kept, by attribute; empty when everything can."""
    found = {name: "required" for name in REQUIRED if not attributes.get(name)}
    for name, value in attributes.items():
        fault = _fault(name, value)
        if fault:
            found.setdefault(name, fault)
    return found


def changes(before: Attributes, after: Attributes) -> tuple[Change, ...]:
    """What differs, in the order people are shown attributes."""
    if before == after:
        return ()
    differing = [name for name in {*before, *after} if before.get(name, "") != after.get(name, "")]
    return tuple(Change(name, before.get(name, ""), after.get(name, "")) for name in sorted(differing, key=_place))


def told(change: Change) -> str:
    """The change as the audit log may hold it."""
    if change.name in IDENTITY:
        return HIDDEN
    return f"{_short(change.before)} → {_short(change.after)}"


def _fault(name: str, value: str) -> str:
    if not is_attribute_name(name):
        return "invalid"
    if len(value) > _LENGTHS.get(name, _LONGEST):
        return "too_long"
    if not value.isprintable() and any(unicodedata.category(letter) in _UNKEPT for letter in value):
        return "control_character"
    if name == "login" and not _LOGIN.fullmatch(value):
        return "bad_login"
    if name in {"email", "upn"} and not _MAIL.fullmatch(value):
        return "bad_mail"
    return ""


def _place(name: str) -> tuple[int, str]:
    return (KNOWN_ATTRIBUTES.index(name) if name in KNOWN_ATTRIBUTES else len(KNOWN_ATTRIBUTES), name)


def _short(value: str) -> str:
    return value if len(value) <= 60 else f"{value[:59]}…"  # noqa: PLR2004  a line of the log stays a line
