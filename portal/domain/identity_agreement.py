"""A certificate is made from the directory, a check from a claim: where the two speak of the same, they must agree."""

from collections.abc import Mapping
from typing import Final

from portal.domain.identity import IdentityClaim
from portal.domain.identity_numbers import only_digits

_NAMES: Final = ("surname", "given_name", "middle_name")
_NUMBERS: Final = ("snils", "inn")


def disagreements(claim: IdentityClaim, attributes: Mapping[str, str]) -> tuple[str, ...]:
    """Fields of the claim about which the directory says something else; a number only one of them has agrees."""
    names = [name for name in _NAMES if _plain(getattr(claim, name)) != _plain(attributes.get(name, ""))]
    numbers = [name for name in _NUMBERS if _other(getattr(claim, name), only_digits(attributes.get(name, "")))]
    return (*names, *numbers)


def _other(claimed: str, known: str) -> bool:
    return bool(claimed and known) and claimed != known


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("ё", "е").split())
