"""What a new user PIN must be like, by the rules of the policy."""

from itertools import pairwise
from typing import Final

from portal.domain.policy import DeviceRules

#: PINs tokens leave the factory with.
FACTORY: Final = frozenset({"12345678", "87654321", "1234567890", "0987654321"})


def pin_fault(pin: str, rules: DeviceRules, *, old: str = "") -> str:
    """The code of what is wrong with a new PIN; empty when it may be set."""
    if len(pin) < rules.pin_min_length:
        return "pin_short"
    if len(pin) > rules.pin_max_length:
        return "pin_long"
    if pin == old:
        return "pin_same"
    return "pin_trivial" if pin in FACTORY or _regular(pin) else ""


def _regular(pin: str) -> bool:
    """All the same character, or each one step from the one before."""
    steps = {ord(after) - ord(before) for before, after in pairwise(pin)}
    return len(steps) == 1 and steps <= {-1, 0, 1}
