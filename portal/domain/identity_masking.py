"""What may be shown of a claim to everybody who may see that it was made: enough to tell people apart, no more."""

from dataclasses import dataclass

from portal.domain.identity import IdentityClaim

_HIDDEN = "•••"


@dataclass(frozen=True, slots=True)
class MaskedClaim:
    """The last digits of numbers and the year of birth; what was not given is empty."""

    birth: str
    passport: str
    snils: str
    inn: str
    organization: str


def masked(claim: IdentityClaim) -> MaskedClaim:
    """The claim without what would let anybody pass for the person."""
    return MaskedClaim(
        birth=f"••.••.{claim.birth_date.year}",
        passport=_tail(claim.passport.number, 3) if claim.passport else "",
        snils=_tail(claim.snils, 2),
        inn=_tail(claim.inn, 2),
        organization=claim.organization.name if claim.organization else "",
    )


def _tail(number: str, shown: int) -> str:
    return _HIDDEN + number[-shown:] if number else ""
