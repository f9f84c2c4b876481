"""Subject and alternative names of a certificate, made from the attributes of a person."""

import re
from collections.abc import Iterator
from typing import Final

from portal.domain.errors import InvalidInput
from portal.domain.people import Person
from portal.domain.policy import SubjectRecipe

Pairs = tuple[tuple[str, str], ...]

#: Fields of a subject that must not come out empty when the recipe names them.
MANDATORY: Final = frozenset({"CN"})

_ATTRIBUTE: Final = re.compile(r"\{(\w+)\}")


def fill(recipe: SubjectRecipe, person: Person) -> tuple[Pairs, Pairs]:
    """Subject and alternative names of this person as (field, value) pairs; empty ones are left out.

    Raises InvalidInput when a mandatory field, or the whole subject, comes out empty.
    """
    subject = tuple(_filled(recipe.subject, person))
    present = {field for field, _value in subject}
    empty = {field for field, _pattern in recipe.subject if field in MANDATORY and field not in present}
    if empty or not subject:
        raise InvalidInput(dict.fromkeys(sorted(empty or {"subject"}), "empty"))
    return subject, tuple(_filled(recipe.alternative, person))


def _filled(pairs: Pairs, person: Person) -> Iterator[tuple[str, str]]:
    for field, pattern in pairs:
        value = _value(pattern, person)
        if value:
            yield field, value


def _value(pattern: str, person: Person) -> str:
    """The pattern with attributes in place of their names; empty when it names some and the person has none of them."""
    named = _ATTRIBUTE.findall(pattern)
    if named and not any(person.attribute(name).strip() for name in named):
        return ""
    text = _ATTRIBUTE.sub(lambda match: person.attribute(match[1]), pattern)
    return " ".join(text.split())
