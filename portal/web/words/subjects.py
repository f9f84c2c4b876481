"""Whose certificate it is: a distinguished name as people say it."""

import re
from functools import lru_cache
from typing import Final

_PART: Final = re.compile(r"(?:^|[,+])\s*(CN|O)=((?:\\.|[^,+\\])+)")
_ESCAPED: Final = re.compile(r"\\(.)")


def owner_name(subject: str) -> str:
    """The common name alone; what is no distinguished name stays as it is."""
    parts = _parts(subject)
    return parts.get("CN") or parts.get("O") or subject


def owner(subject: str) -> str:
    """The common name with the organisation beside it."""
    parts = _parts(subject)
    name, organisation = owner_name(subject), parts.get("O", "")
    return name if organisation in {"", name} else f"{name} ({organisation})"


@lru_cache(maxsize=500)
def _parts(subject: str) -> dict[str, str]:
    return {key: _ESCAPED.sub(r"\1", value).strip() for key, value in _PART.findall(subject)}
