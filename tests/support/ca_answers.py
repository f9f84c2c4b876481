"""What an authority answered, asked for as a test expects it."""

from portal.domain.outcomes import Done, Outcome, Refused
from portal.domain.troubles import Trouble
from portal.ports.certificate_authority import IssuedCertificate


def issued(outcome: Outcome[IssuedCertificate]) -> IssuedCertificate:
    assert isinstance(outcome, Done), outcome
    return outcome.reply


def refusal(outcome: object) -> tuple[Trouble, str, bool]:
    """The trouble, its code, and whether asking again is useless."""
    assert isinstance(outcome, Refused), outcome
    return outcome.why.trouble, outcome.why.detail, outcome.permanent
