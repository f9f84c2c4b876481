"""What a person chose in the dialog, to and from the address and the forms."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol

from portal.domain.certificate import Purpose, TemplateKey
from portal.domain.errors import InvalidInput
from portal.domain.plan_items import Choices

OPTIONAL: Final = "optional"
COMMONS: Final = "optional_commons"
DROP: Final = "drop_history"
FIRST: Final = "remove_first"
WIPE: Final = "wipe"
FIELDS: Final = (OPTIONAL, COMMONS, DROP, FIRST, WIPE)
SEPARATOR: Final = "|"


class Arguments(Protocol):
    """A form or an address: each name with all its values."""

    def getlist(self, key: str, /) -> list[str]: ...

    def __contains__(self, key: object, /) -> bool: ...


def read_choices(arguments: Arguments) -> Choices:
    """The choices; a group that was not shown leaves what is there, an empty one deselects everything."""
    optional = frozenset(map(template_key, _values(arguments, OPTIONAL))) if OPTIONAL in arguments else None
    commons = frozenset(_values(arguments, COMMONS)) if COMMONS in arguments else None
    drop, first = frozenset(_values(arguments, DROP)), frozenset(_values(arguments, FIRST))
    return Choices(optional, commons, drop, first, wipe=bool(_values(arguments, WIPE)))


def write_choices(choices: Choices) -> tuple[tuple[str, str], ...]:
    """The choices as names and values; an empty value tells that a group was there."""
    groups: Mapping[str, Iterable[str] | None] = {
        OPTIONAL: None if choices.optional is None else map(template_value, choices.optional),
        COMMONS: choices.optional_commons,
        DROP: choices.drop_history or None,
        FIRST: choices.remove_first or None,
        WIPE: ["yes"] if choices.wipe else None,
    }
    chosen = {name: sorted(values) for name, values in groups.items() if values is not None}
    return tuple((name, value) for name, values in chosen.items() for value in ("", *values))


def as_query(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Names with lists of values, as addresses are made from them."""
    query: dict[str, list[str]] = {}
    for name, value in pairs:
        query.setdefault(name, []).append(value)
    return query


def template_value(key: TemplateKey) -> str:
    """A template's key as one value of a form."""
    return SEPARATOR.join((key.ca, key.ca_template, key.purpose.value))


def template_key(value: str) -> TemplateKey:
    """The key back; raises InvalidInput for what we did not make."""
    parts = value.split(SEPARATOR)
    if len(parts) != 3 or parts[2] not in set(Purpose):  # noqa: PLR2004  CA, template, purpose
        raise InvalidInput({OPTIONAL: "invalid"})
    return TemplateKey(parts[0], parts[1], Purpose(parts[2]))


def _values(arguments: Arguments, name: str) -> list[str]:
    return [value for value in arguments.getlist(name) if value]
