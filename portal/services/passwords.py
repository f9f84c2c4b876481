"""Passwords: argon2id, at most two at once, and as much work for a login nobody has as for one somebody has."""

from threading import BoundedSemaphore
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

MIN_LENGTH: Final = 8
MAX_LENGTH: Final = 256

_hasher: Final = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4, type=Type.ID)
#: Each verification takes 64 MiB and a core: a flood of sign-ins queues here instead of taking the pages down.
_places: Final = BoundedSemaphore(2)
#: The hash of a password nobody knows, with the parameters above; stands in for accounts that do not exist.
_NOBODY: Final = "$argon2id$v=19$m=65536,t=3,p=4$gWltvL75jxUyZ8XIHw5bQg$J3KsIIToLpXtYcQKbXhuGj3sDHN+bKccpxq+YfhcEXc"


def hashed(password: str) -> str:
    """The hash to store."""
    with _places:
        return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether the password is the one behind the hash; without a hash the same work, and never."""
    with _places:
        try:
            _hasher.verify(stored or _NOBODY, password[:MAX_LENGTH])
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False
    return stored is not None


def outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)
