"""What the form about a person begins with: every value with where it came from and when."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final, NamedTuple

from portal.domain.identity import IdentityClaim, Organization, Passport
from portal.domain.identity_form import tidy_claim
from portal.services.identity_checks import Known
from portal.web.words.identity_form import from_asked, from_confirmed, from_directory

#: Certificates are made from the directory, so that what it says of these comes first.
_DIRECTORY_FIRST: Final = ("surname", "given_name", "middle_name", "no_middle_name", "snils", "inn")


class Value(NamedTuple):
    """What stands in a field, and where it came from."""

    value: str
    source: str


def prefilled(known: Known) -> dict[str, Value]:
    """By field; what nobody knows is left out."""
    directory = _all(_of_directory(known.attributes), from_directory())
    claims: dict[str, Value] = {}
    if known.confirmed is not None and known.confirmed_at is not None:
        claims |= _all(typed(known.confirmed), from_confirmed(known.confirmed_at))
    if known.asked is not None and known.asked_at is not None and known.asked != known.confirmed:
        claims |= _all(typed(known.asked), from_asked(known.asked_at))
    first = {name: value for name, value in directory.items() if name in _DIRECTORY_FIRST}
    found = directory | claims | first
    for one, other in (("no_middle_name", "middle_name"), ("middle_name", "no_middle_name")):
        if one in first:
            found.pop(other, None)
    return found


def typed(claim: IdentityClaim) -> dict[str, str]:
    """The claim as people type it, by field; what is not claimed is empty."""
    found = {
        "surname": claim.surname,
        "given_name": claim.given_name,
        "middle_name": claim.middle_name,
        "no_middle_name": "" if claim.middle_name else "y",
        "birth_date": _day(claim.birth_date),
        "birth_place": claim.birth_place,
        "sex": claim.sex.value if claim.sex else "",
        "citizenship": claim.citizenship,
        "snils": _snils(claim.snils),
        "inn": claim.inn,
    }
    return found | dict(_of_passport(claim.passport)) | dict(_of_organization(claim.organization))


def _of_passport(passport: Passport | None) -> Iterable[tuple[str, str]]:
    if passport is not None:
        yield "passport_series", passport.series
        yield "passport_number", passport.number
        yield "passport_date", _day(passport.issued_on)
        yield "passport_code", f"{passport.department_code[:3]}-{passport.department_code[3:]}"
        yield "passport_issuer", passport.issuer


def _of_organization(organization: Organization | None) -> Iterable[tuple[str, str]]:
    if organization is not None:
        yield "organization_name", organization.name
        yield "organization_inn", organization.inn
        yield "organization_ogrn", organization.ogrn


def _of_directory(attributes: Mapping[str, str]) -> dict[str, str]:
    found = {name: attributes.get(name, "") for name in (*_DIRECTORY_FIRST, "birth_date", "sex")}
    found["organization_name"] = attributes.get("organization", "")
    found["snils"] = _snils(found["snils"])
    found["no_middle_name"] = "y" if found["surname"] and not found["middle_name"] else ""
    try:
        found["birth_date"] = _day(date.fromisoformat(tidy_claim(found)["birth_date"]))
    except ValueError:
        found["birth_date"] = ""
    return found


def _all(values: Mapping[str, str], source: str) -> dict[str, Value]:
    return {name: Value(value, source) for name, value in values.items() if value}


def _day(moment: date) -> str:
    return f"{moment:%d.%m.%Y}"


def _snils(digits: str) -> str:
    if len(digits) != 11 or not digits.isdecimal():  # noqa: PLR2004  as the card shows it
        return digits
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:9]} {digits[9:]}"
