"""A claim as lines of a page: each datum under its name."""

from datetime import date

from portal.domain.identity import IdentityClaim, Organization, Passport, Sex
from portal.domain.identity_masking import MaskedClaim
from portal.web.translate import gettext as _

Lines = tuple[tuple[str, str], ...]


def masked_lines(claim: MaskedClaim) -> Lines:
    """What everybody sees who sees the check."""
    lines = (
        (_("Date of birth"), claim.birth),
        (_("Passport"), claim.passport),
        (_("СНИЛС"), claim.snils),
        (_("ИНН"), claim.inn),
        (_("Organisation"), claim.organization),
    )
    return _given(lines)


def claim_lines(claim: IdentityClaim) -> Lines:
    """Everything that was claimed."""
    sexes = {Sex.MALE: _("male"), Sex.FEMALE: _("female")}
    own = (
        (_("Surname"), claim.surname),
        (_("Given name"), claim.given_name),
        (_("Patronymic"), claim.middle_name or _("has none")),
        (_("Date of birth"), _day(claim.birth_date)),
        (_("Place of birth"), claim.birth_place),
        (_("Sex"), sexes[claim.sex] if claim.sex else ""),
        (_("Citizenship"), claim.citizenship),
    )
    numbers = ((_("СНИЛС"), _snils(claim.snils)), (_("ИНН"), claim.inn))
    return _given((*own, *_passport(claim.passport), *numbers, *_organization(claim.organization)))


def _passport(one: Passport | None) -> Lines:
    if one is None:
        return ()
    code = f"{one.department_code[:3]}-{one.department_code[3:]}"
    issued = _("%(day)s, %(issuer)s, code %(code)s", day=_day(one.issued_on), issuer=one.issuer, code=code)
    return ((_("Passport"), f"{one.series} {one.number}"), (_("Issued by"), issued))


def _organization(one: Organization | None) -> Lines:
    if one is None:
        return ()
    return ((_("Organisation"), one.name), (_("Its ИНН and ОГРН"), f"{one.inn}, {one.ogrn}"))


def _snils(one: str) -> str:
    return f"{one[:3]}-{one[3:6]}-{one[6:9]} {one[9:]}" if one else ""


def _given(lines: Lines) -> Lines:
    return tuple(line for line in lines if line[1])


def _day(day: date) -> str:
    return day.strftime("%d.%m.%Y")
