"""Passwords: argon2id, at most two at once, and as much work for a login nobody has as for one somebody has."""

import secrets
from threading import BoundedSemaphore
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from portal.domain.passwords import MAX_LENGTH

_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"

_hasher: Final = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4, type=Type.ID)
_AT_ONCE: Final = 2
#: Each verification takes 64 MiB and a core: a flood of sign-ins queues here instead of taking the pages down.
_places = BoundedSemaphore(_AT_ONCE)
#: The hash of a password nobody knows, with the parameters above; stands in for accounts that do not exist.
_NOBODY: Final = "$argon2id$v=19$m=65536,t=3,p=4$gWltvL75jxUyZ8XIHw5bQg$J3KsIIToLpXtYcQKbXhuGj3sDHN+bKccpxq+YfhcEXc"


def share_places(processes: int) -> None:
    """Leave each of so many web processes its part of the places; one at least."""
    global _places  # noqa: PLW0603  set once, before the processes part
    _places = BoundedSemaphore(max(1, _AT_ONCE // processes))


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


def one_time() -> str:
    """A password to hand over: sixteen letters and digits nobody takes for others, 79 bits."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(16))
    return "-".join(letters[place : place + 4] for place in range(0, 16, 4))


def outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)
