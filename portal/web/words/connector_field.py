"""The words of one field of a connector."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import LazyString


@dataclass(frozen=True, slots=True)
class FieldWords:
    """Label and help of one field; ``choices`` names what may be chosen."""

    label: LazyString
    help: LazyString
    choices: Mapping[str, LazyString] = field(default_factory=dict)
