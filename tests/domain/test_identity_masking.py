"""What everybody may see of a claim tells people apart and lets nobody pass for them."""

from datetime import date

from hypothesis import given

from portal.domain.identity import IdentityClaim
from portal.domain.identity_masking import masked
from tests.support.citizens import CLAIMS


@given(CLAIMS)
def test_no_number_is_whole(claim: IdentityClaim) -> None:
    shown = masked(claim)
    numbers = [claim.snils, claim.inn, claim.passport.number if claim.passport else ""]
    for number, part in zip(numbers, (shown.snils, shown.inn, shown.passport), strict=True):
        assert not number or number not in part
        assert bool(part) is bool(number)
    assert shown.birth == f"••.••.{claim.birth_date.year}"
    assert shown.organization == (claim.organization.name if claim.organization else "")


def test_what_was_not_given_is_not_shown() -> None:
    shown = masked(
        IdentityClaim(
            surname="Ёлкина", given_name="Анна", middle_name="", birth_date=date(1990, 3, 12), snils="11223344595"
        )
    )
    assert (shown.snils, shown.inn, shown.passport, shown.organization) == ("•••95", "", "", "")
