"""Lines of ``left = right`` in a field, and roles given by groups so."""

from collections.abc import Collection, Mapping

from portal.domain.connector_fields import lines
from portal.domain.errors import InvalidInput


def pairs(name: str, value: str, *, empty: bool = False) -> dict[str, str]:
    """The pairs of a field by its name; raises InvalidInput. ``empty`` lets the right side be so."""
    found = {}
    for line in lines(value):
        left, between, right = (part.strip() for part in line.rpartition("="))
        if not between or not left or not (right or empty):
            raise InvalidInput({name: "bad_pairs"})
        found[left] = right
    return found


def role_of_groups(plain: Mapping[str, str], groups: Collection[str], before: str, known: Collection[str]) -> str:
    """The role the first line gives whose group is among these; else the one before, unless groups gave it."""
    given = pairs("roles", plain.get("roles", ""))
    mine = (role for group, role in given.items() if group in groups and role in known)
    return next(mine, "" if before in given.values() else before)
