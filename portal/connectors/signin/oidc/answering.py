"""How what goes wrong with a provider is said."""

from portal.domain.errors import OutsideUnavailable
from portal.domain.sign_in import SignInDenied, SignInTrouble


class Mistrusted(SignInDenied):
    """What the provider said does not hold; ``why`` is for administrators."""

    def __init__(self, why: str, trouble: SignInTrouble = SignInTrouble.MISTRUSTED) -> None:
        super().__init__(trouble, detail=why[:200])


def away(detail: str) -> OutsideUnavailable:
    """It did not answer as somebody who is there does."""
    return OutsideUnavailable(SignInTrouble.AWAY.value, detail=detail[:200])
