"""The form about a person in words: how each value is written, where it came from, what is wrong with it."""

from datetime import datetime
from typing import Final

from portal.domain.identity import Sex
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l
from portal.web.words.dates import day
from portal.web.words.errors import field_message

PERSON: Final = _l("Who it is")
PASSPORT: Final = _l("Passport")
NUMBERS: Final = _l("Numbers")
ORGANIZATION: Final = _l("Organisation the person acts for")

HINTS: Final = {
    "birth_date": _l("day.month.year"),
    "birth_place": _l("as in the passport"),
    "citizenship": _l("code of three letters, RUS is Russia"),
    "passport_series": _l("4 digits"),
    "passport_number": _l("6 digits"),
    "passport_date": _l("day.month.year"),
    "passport_code": _l("6 digits"),
    "passport_issuer": _l("as in the passport"),
    "snils": _l("11 digits"),
    "inn": _l("12 digits"),
    "organization_inn": _l("10 digits, 12 of an entrepreneur"),
    "organization_ogrn": _l("13 digits, 15 of an entrepreneur"),
}
SEXES: Final = {Sex.FEMALE: _l("female"), Sex.MALE: _l("male")}
#: Codes of countries people come from most often; any other code may be typed.
COUNTRIES: Final = {
    "RUS": _l("Russia"),
    "ARM": _l("Armenia"),
    "AZE": _l("Azerbaijan"),
    "BLR": _l("Belarus"),
    "KAZ": _l("Kazakhstan"),
    "KGZ": _l("Kyrgyzstan"),
    "MDA": _l("Moldova"),
    "TJK": _l("Tajikistan"),
    "TKM": _l("Turkmenistan"),
    "UKR": _l("Ukraine"),
    "UZB": _l("Uzbekistan"),
}

#: After the name of the field and a colon, so that the summary of mistakes says where they are.
_FAULTS: Final = {
    "cyrillic_only": _l("Russian letters only, as in the passport"),
    "bad_date": _l("there is no such day; write it as 03.12.1990"),
    "in_future": _l("this day is still to come"),
    "too_early": _l("this is too long ago"),
    "before_fourteen": _l("a passport is given at fourteen or later, compare with the date of birth"),
    "bad_country": _l("a code of three Latin letters, such as RUS"),
    "digits_only": _l("only digits can stand here"),
    "check_digits": _l("the check digits do not fit, one of the digits is mistyped"),
    "too_long": _l("this is too long"),
}
_LENGTHS: Final = {
    "passport_series": _l("there must be 4 digits"),
    "passport_number": _l("there must be 6 digits"),
    "passport_code": _l("there must be 6 digits"),
    "snils": _l("there must be 11 digits"),
    "inn": _l("there must be 12 digits"),
    "organization_inn": _l("there must be 10 digits, or 12 with an ОГРНИП"),
    "organization_ogrn": _l("there must be 13 digits, or 15 of an entrepreneur"),
}
#: What is to be filled in, where «fill this in» would not say what.
_REQUIRED: Final = {
    "middle_name": _l("Enter the patronymic, or tick that there is none"),
    "surname": _l("Enter the surname"),
    "given_name": _l("Enter the given name"),
    "birth_date": _l("Enter the date of birth"),
    "sex": _l("Choose the sex"),
    "passport_series": _l("Enter the series of the passport"),
    "passport_number": _l("Enter the number of the passport"),
    "passport_date": _l("Enter the date of issue"),
    "passport_code": _l("Enter the code of the department"),
    "passport_issuer": _l("Enter who issued the passport"),
    "snils": _l("Enter the СНИЛС"),
    "inn": _l("Enter the ИНН"),
    "organization_name": _l("Enter the name of the organisation"),
    "organization_inn": _l("Enter the ИНН of the organisation"),
    "organization_ogrn": _l("Enter the ОГРН of the organisation"),
}


def fault_message(name: str, label: str, code: str) -> str:
    """What is wrong with a field, and what to do."""
    if code in {"required", "patronymic_or_none"} and name in _REQUIRED:
        return str(_REQUIRED[name])
    fault = _LENGTHS.get(name) if code == "wrong_length" else _FAULTS.get(code)
    return f"{label}: {fault or field_message(code)}"


def differs(known: str, *, by_holder: bool) -> str:
    """The directory says something else, and the certificate is made from the directory."""
    said = _("In the directory it is “%(value)s”.", value=known) if known else _("The directory has no patronymic.")
    if by_holder:
        next_step = _("If the directory is wrong, ask your administrator to correct it, then come back.")
    else:
        next_step = _("The certificate is made from it: enter it so, or correct the person in the directory first.")
    return f"{said} {next_step}"


def from_directory() -> str:
    """Where a value came from."""
    return _("from the directory")


def from_confirmed(at: datetime) -> str:
    """Where a value came from, and when it was confirmed."""
    return _("from the check confirmed on %(date)s", date=day(at))


def from_asked(at: datetime) -> str:
    """Where a value came from, and when it was claimed."""
    return _("from the request of %(date)s", date=day(at))
