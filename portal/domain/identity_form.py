"""From what people type to a claim: every field in its normal form, or a word on what is wrong with it."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from datetime import date
from typing import Final

from portal.domain.errors import InvalidInput
from portal.domain.identity import IdentityClaim, Organization, Passport, Sex
from portal.domain.identity_numbers import inn_fault, ogrn_fault, only_digits, snils_fault

#: Every field, in the order of the form.
PERSON_FIELDS: Final = (
    *("surname", "given_name", "middle_name", "no_middle_name", "birth_date", "birth_place", "sex", "citizenship"),
)
PASSPORT_FIELDS: Final = ("passport_series", "passport_number", "passport_date", "passport_code", "passport_issuer")
NUMBER_FIELDS: Final = ("snils", "inn")
ORGANIZATION_FIELDS: Final = ("organization_name", "organization_inn", "organization_ogrn")
FIELDS: Final = (*PERSON_FIELDS, *PASSPORT_FIELDS, *NUMBER_FIELDS, *ORGANIZATION_FIELDS)

#: The shortest that any register allows.
_LENGTHS: Final = {
    "surname": 60,
    "given_name": 49,
    "middle_name": 49,
    "birth_place": 255,
    "passport_issuer": 255,
    "organization_name": 255,
}
_NAMES: Final = ("surname", "given_name", "middle_name")
#: Letters of Russian names, and the marks between them that every register takes.
_NAME: Final = re.compile(r"[А-ЯЁа-яё][-А-ЯЁа-яё '.,]*")
_DIGITS: Final = {"passport_series": 4, "passport_number": 6, "passport_code": 6}
_EARLIEST: Final = date(1900, 1, 1)
_PASSPORT_AGE: Final = 14
_RUSSIAN_DATE: Final = re.compile(r"(\d{2})\.(\d{2})\.(\d{4})")
_COUNTRY: Final = re.compile(r"[A-Z]{3}")
_ENTREPRENEUR: Final = 15


def tidy_claim(raw: Mapping[str, str]) -> dict[str, str]:
    """Every known field in normal form: single spaces, one composition, numbers without marks, dates as ISO 8601."""
    found = {name: " ".join(unicodedata.normalize("NFC", raw.get(name, "")).split()) for name in FIELDS}
    for name in (*_DIGITS, *NUMBER_FIELDS, "organization_inn", "organization_ogrn"):
        found[name] = only_digits(found[name])
    for name in _NAMES:
        found[name] = found[name].replace("\u2019", "'")
    for name in ("birth_date", "passport_date"):
        found[name] = _RUSSIAN_DATE.sub(r"\3-\2-\1", found[name])
    if found["no_middle_name"]:
        found["middle_name"] = ""
    return found


def read_claim(raw: Mapping[str, str], demanded: Collection[str], today: date) -> IdentityClaim:
    """The claim; raises InvalidInput that names every field with a fault.

    ``demanded`` says which blocks must be filled in: passport, snils, inn, sex, organization.
    """
    values = tidy_claim(raw)
    faults = _person_faults(values, today) | _number_faults(values, demanded)
    if "passport" in demanded or any(values[name] for name in PASSPORT_FIELDS):
        faults |= _passport_faults(values, today)
    if "organization" in demanded or any(values[name] for name in ORGANIZATION_FIELDS):
        faults |= _organization_faults(values)
    if "sex" in demanded and not values["sex"]:
        faults["sex"] = "required"
    if faults:
        raise InvalidInput({name: faults[name] for name in FIELDS if name in faults})
    return _claim(values)


def _claim(values: Mapping[str, str]) -> IdentityClaim:
    return IdentityClaim(
        surname=values["surname"],
        given_name=values["given_name"],
        middle_name=values["middle_name"],
        birth_date=date.fromisoformat(values["birth_date"]),
        sex=Sex(values["sex"]) if values["sex"] else None,
        birth_place=values["birth_place"],
        citizenship=values["citizenship"] or "RUS",
        passport=_passport(values) if values["passport_number"] else None,
        snils=values["snils"],
        inn=values["inn"],
        organization=_organization(values) if values["organization_inn"] else None,
    )


def _passport(values: Mapping[str, str]) -> Passport:
    series, number, issued, code, issuer = (values[name] for name in PASSPORT_FIELDS)
    return Passport(series, number, date.fromisoformat(issued), code, issuer)


def _organization(values: Mapping[str, str]) -> Organization:
    name, inn, ogrn = (values[field] for field in ORGANIZATION_FIELDS)
    return Organization(name, inn, ogrn)


def _person_faults(values: Mapping[str, str], today: date) -> dict[str, str]:
    faults = {name: fault for name in _NAMES if (fault := _name_fault(name, values))}
    if fault := _date_fault(values["birth_date"], _EARLIEST, today):
        faults["birth_date"] = fault
    if len(values["birth_place"]) > _LENGTHS["birth_place"]:
        faults["birth_place"] = "too_long"
    if values["sex"] not in {"", *Sex}:
        faults["sex"] = "invalid"
    if values["citizenship"] and not _COUNTRY.fullmatch(values["citizenship"]):
        faults["citizenship"] = "bad_country"
    return faults


def _name_fault(name: str, values: Mapping[str, str]) -> str:
    value = values[name]
    if not value:
        missing = name != "middle_name" or not values["no_middle_name"]
        return ("required" if name != "middle_name" else "patronymic_or_none") if missing else ""
    if len(value) > _LENGTHS[name]:
        return "too_long"
    return "" if _NAME.fullmatch(value) else "cyrillic_only"


def _date_fault(value: str, earliest: date, latest: date) -> str:
    if not value:
        return "required"
    try:
        found = date.fromisoformat(value)
    except ValueError:
        return "bad_date"
    if found > latest:
        return "in_future"
    return "" if found >= earliest else "too_early"


def _passport_faults(values: Mapping[str, str], today: date) -> dict[str, str]:
    faults = {name: fault for name, length in _DIGITS.items() if (fault := _digits_fault(values[name], length))}
    if fault := _date_fault(values["passport_date"], _issuable(values["birth_date"]), today):
        faults["passport_date"] = "before_fourteen" if fault == "too_early" else fault
    if fault := _text_fault(values, "passport_issuer"):
        faults["passport_issuer"] = fault
    return faults


def _issuable(birth_date: str) -> date:
    """The first day on which the person could be given a passport: the fourteenth birthday."""
    try:
        born = date.fromisoformat(birth_date)
    except ValueError:
        return _EARLIEST
    day = 28 if (born.month, born.day) == (2, 29) else born.day
    return date(born.year + _PASSPORT_AGE, born.month, day) if born.year < date.max.year - _PASSPORT_AGE else date.max


def _digits_fault(value: str, length: int) -> str:
    if not value:
        return "required"
    if not (value.isascii() and value.isdecimal()):
        return "digits_only"
    return "" if len(value) == length else "wrong_length"


def _text_fault(values: Mapping[str, str], name: str) -> str:
    if not values[name]:
        return "required"
    return "too_long" if len(values[name]) > _LENGTHS[name] else ""


def _number_faults(values: Mapping[str, str], demanded: Collection[str]) -> dict[str, str]:
    faults = {}
    for name in NUMBER_FIELDS:
        value = values[name]
        fault = ("required" if name in demanded else "") if not value else _number_fault(name, value)
        if fault:
            faults[name] = fault
    return faults


def _number_fault(name: str, value: str) -> str:
    return snils_fault(value) if name == "snils" else inn_fault(value, 12)


def _organization_faults(values: Mapping[str, str]) -> dict[str, str]:
    ogrn = values["organization_ogrn"]
    found = {
        "organization_name": _text_fault(values, "organization_name"),
        "organization_inn": _organization_inn_fault(
            values["organization_inn"], entrepreneur=len(ogrn) == _ENTREPRENEUR
        ),
        "organization_ogrn": ogrn_fault(ogrn) if ogrn else "required",
    }
    return {name: fault for name, fault in found.items() if fault}


def _organization_inn_fault(inn: str, *, entrepreneur: bool) -> str:
    return inn_fault(inn, 12 if entrepreneur else 10) if inn else "required"
