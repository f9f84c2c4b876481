"""What is claimed about a person when the state is asked: one normal form, from which every register gets its own."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum, unique


@unique
class Sex(StrEnum):
    """As identity documents know it."""

    MALE = "male"
    FEMALE = "female"


@dataclass(frozen=True, slots=True)
class Passport:
    """A passport of a citizen of Russia: 4 + 6 digits, department code of 6 digits."""

    series: str
    number: str
    issued_on: date
    department_code: str
    issuer: str


@dataclass(frozen=True, slots=True)
class Organization:
    """The organisation a person acts for: ИНН of 10 digits with ОГРН of 13, or 12 with an ОГРНИП of 15."""

    name: str
    inn: str
    ogrn: str


@dataclass(frozen=True, slots=True)
class IdentityClaim:
    """One person in normal form: numbers are digits only, names have single spaces, no patronymic is an empty string.

    ``citizenship`` is an ISO 3166-1 alpha-3 code. What nothing demanded may be empty or None.
    """

    surname: str = field(repr=False)
    given_name: str = field(repr=False)
    middle_name: str = field(repr=False)
    birth_date: date = field(repr=False)
    sex: Sex | None = field(default=None, repr=False)
    birth_place: str = field(default="", repr=False)
    citizenship: str = "RUS"
    passport: Passport | None = field(default=None, repr=False)
    snils: str = field(default="", repr=False)
    inn: str = field(default="", repr=False)
    organization: Organization | None = field(default=None, repr=False)
