"""Names of entries: one spelling to compare them by, and the path of units they stand in."""

import unicodedata
from typing import Final

import ldap
import ldap.dn

_BETWEEN: Final = ","
#: As long as the name of a unit or of a group is kept.
_LONGEST: Final = 200

Parts = list[list[tuple[str, str, int]]]


def spelling(name: str) -> str:
    """The same text for every way of writing the same name; empty when it is none."""
    return _BETWEEN.join(_spelled(part) for part in _parts(name))


def place(name: str, base: str) -> tuple[str, ...] | None:
    """The units above the entry, from the base downwards; None when it does not stand below the base."""
    parts, root = _parts(name), _parts(base)
    depth = len(parts) - len(root)
    if depth < 1 or [_spelled(part) for part in parts[depth:]] != [_spelled(part) for part in root]:
        return None
    return tuple(legible(part[0][1]) for part in reversed(parts[1:depth]))


def below(name: str, base: str) -> bool:
    """Whether the entry stands at the base or below it."""
    parts, root = ([_spelled(part) for part in _parts(one)] for one in (name, base))
    return len(parts) >= len(root) and parts[len(parts) - len(root) :] == root


def own(name: str) -> str:
    """What the entry is called in its unit."""
    parts = _parts(name)
    return legible(parts[0][0][1]) if parts else ""


def legible(text: str) -> str:
    """What can be read and kept of a name: an odd one must not keep all the others from being read."""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()[:_LONGEST]


def _parts(name: str) -> Parts:
    try:
        return list(ldap.dn.str2dn(name)) if name else []
    except ldap.LDAPError:
        return []


def _spelled(part: list[tuple[str, str, int]]) -> str:
    pairs = (
        (kind.lower(), " ".join(unicodedata.normalize("NFC", value).casefold().split())) for kind, value, _ in part
    )
    return "+".join(f"{kind}={ldap.dn.escape_dn_chars(value)}" for kind, value in sorted(pairs))
