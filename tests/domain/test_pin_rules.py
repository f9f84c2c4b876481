"""Which PINs may be set."""

import pytest

from portal.domain.pin_rules import pin_fault
from portal.domain.policy import DeviceRules

RULES = DeviceRules(pin_min_length=6, pin_max_length=10)


@pytest.mark.parametrize(
    ("pin", "fault"),
    [
        ("83105", "pin_short"),
        ("831056", ""),
        ("8310562947", ""),
        ("83105629471", "pin_long"),
        ("111111", "pin_trivial"),
        ("456789", "pin_trivial"),
        ("987654", "pin_trivial"),
        ("12345678", "pin_trivial"),
        ("1234567890", "pin_trivial"),
        ("abcdef", "pin_trivial"),
        ("112233", ""),
        ("пинкод7", ""),
    ],
)
def test_length_and_triviality(pin: str, fault: str) -> None:
    assert pin_fault(pin, RULES) == fault


def test_the_old_pin_is_not_a_new_one() -> None:
    assert pin_fault("831056", RULES, old="831056") == "pin_same"
    assert pin_fault("831056", RULES, old="831057") == ""
