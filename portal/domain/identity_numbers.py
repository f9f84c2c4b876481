"""The numbers by which the state knows a person or an organisation, and their check digits.

Every function takes digits only and answers the code of what is wrong, or an empty string. СНИЛС: order of the Pension
Fund, control number; ИНН: order of the Federal Tax Service ММВ-7-6/435; ОГРН and ОГРНИП: order of the Ministry of
Finance 165н.
"""

from typing import Final

_SNILS_UNCHECKED: Final = 1_001_998  # control numbers are defined above 001-001-998
_INN10: Final = (2, 4, 10, 3, 5, 9, 4, 6, 8)
_INN12: Final = ((7, 2, 4, 10, 3, 5, 9, 4, 6, 8), (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8))
_OGRN, _OGRNIP = 13, 15


def only_digits(value: str) -> str:
    """The value without the marks people put between digits; other letters stay, to be found fault with."""
    return "".join(letter for letter in value if letter not in " -\u2011\u2013\u00a0№")


def snils_fault(digits: str) -> str:
    """What is wrong with a СНИЛС of 11 digits."""
    if (fault := _length_fault(digits, 11)) or int(digits[:9]) <= _SNILS_UNCHECKED:
        return fault
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(9, 0, -1), strict=False))
    return "" if int(digits[9:]) == total % 101 % 100 else "check_digits"


def inn_fault(digits: str, length: int) -> str:
    """What is wrong with an ИНН: 12 digits of a person, 10 of an organisation."""
    if fault := _length_fault(digits, length):
        return fault
    if digits.startswith("00"):
        return "invalid"
    rows = _INN12 if length == 12 else (_INN10,)  # noqa: PLR2004  the two lengths there are
    right = all(_weighed(digits, row) == int(digits[len(row)]) for row in rows)
    return "" if right else "check_digits"


def ogrn_fault(digits: str) -> str:
    """What is wrong with an ОГРН of 13 digits or an ОГРНИП of 15."""
    if digits and digits.isdecimal() and len(digits) == _OGRNIP:
        modulus = 13
    elif fault := _length_fault(digits, _OGRN):
        return fault
    else:
        modulus = 11
    return "" if int(digits[:-1]) % modulus % 10 == int(digits[-1]) else "check_digits"


def _weighed(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False)) % 11 % 10


def _length_fault(digits: str, length: int) -> str:
    if not (digits.isascii() and digits.isdecimal()):
        return "digits_only"
    return "" if len(digits) == length else "wrong_length"
