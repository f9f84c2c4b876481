"""Ways to sign in: a password is only one of them. Whose account a proved identity opens, and why none."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum, unique

from portal.domain.errors import PortalError
from portal.domain.permissions import Role


@unique
class SignInWay(StrEnum):
    """What somebody proved himself with."""

    PASSWORD = "password"  # kept here
    DIRECTORY = "directory"  # a password judged by the directory
    PROVIDER = "provider"  # an OpenID provider
    CERTIFICATE = "certificate"  # the one on the token


@unique
class SignInTrouble(StrEnum):
    """Why nobody was let in."""

    DECLINED = "declined"  # over there somebody said no
    AWAY = "away"  # the provider does not answer, or is not asked now
    MISTRUSTED = "mistrusted"  # what it answered does not hold
    CLOCK = "clock"  # its clock and ours differ
    MISSET = "misset"  # it does not know the portal, or not as it is set up
    LOST = "lost"  # begun elsewhere, long ago, or not at all
    STRANGER = "stranger"  # nobody here is meant
    TAKEN = "taken"  # who is meant belongs to somebody else over there
    CLOSED = "closed"  # the account is closed
    NOT_ALLOWED = "not_allowed"  # the role may not come in this way
    THROTTLED = "throttled"  # too many tries
    NO_CERTIFICATE = "no_certificate"
    UNKNOWN_CERTIFICATE = "unknown_certificate"
    EXPIRED_CERTIFICATE = "expired_certificate"
    EARLY_CERTIFICATE = "early_certificate"  # not valid yet
    REVOKED_CERTIFICATE = "revoked_certificate"
    HELD_CERTIFICATE = "held_certificate"  # suspended
    OTHER_CERTIFICATE = "other_certificate"  # not made for signing in
    DISABLED_DEVICE = "disabled_device"


class SignInDenied(PortalError):  # noqa: N818 - it says what happened
    """Nobody was let in; ``data`` may name who was meant, ``retry_at`` when to come again."""

    def __init__(self, trouble: SignInTrouble, *, retry_at: datetime | None = None, **data: str) -> None:
        super().__init__(trouble.value, **data)
        self.trouble = trouble
        self.retry_at = retry_at


def may_come(plain: Mapping[str, str], role: str) -> bool:
    """Whether accounts of this role come in by a way that is set up so."""
    return bool(plain.get("employees" if role == Role.EMPLOYEE else "administrators"))
