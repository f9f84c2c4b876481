"""Passwords: argon2id, at most two at once, and as much work for a login nobody has as for one somebody has."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from portal.domain.passwords import MAX_LENGTH

_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"

_hasher: Final = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4, type=Type.ID)
_AT_ONCE: Final = 2
#: How many may wait for a place in one process: the last of them for about two seconds.
LONGEST_LINE: Final = 16


class Places:
    """Each verification takes 64 MiB and a core: a flood of sign-ins queues here instead of taking the pages down."""

    def __init__(self, number: int) -> None:
        self._free = BoundedSemaphore(number)
        self._lock = Lock()
        self._inside = 0
        self._most = number + LONGEST_LINE

    def full(self) -> bool:
        """Whether whoever comes now would wait too long."""
        return self._inside >= self._most

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for a place and leave it at the end."""
        with self.waiting(), self._free:
            yield

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Stand in line."""
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    def _count(self, change: int) -> None:
        with self._lock:
            self._inside += change


_places = Places(_AT_ONCE)
#: The hash of a password nobody knows, with the parameters above; stands in for accounts that do not exist.
_NOBODY: Final = "$argon2id$v=19$m=65536,t=3,p=4$gWltvL75jxUyZ8XIHw5bQg$J3KsIIToLpXtYcQKbXhuGj3sDHN+bKccpxq+YfhcEXc"


def share_places(processes: int) -> None:
    """Leave each of so many web processes its part of the places; one at least."""
    global _places  # noqa: PLW0603  set once, before the processes part
    _places = Places(max(1, _AT_ONCE // processes))


def crowded() -> bool:
    """Whether so many passwords wait to be checked that one more should come again later."""
    return _places.full()


def hashed(password: str) -> str:
    """The hash to store."""
    with _places.taken():
        return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether the password is the one behind the hash; without a hash the same work, and never."""
    with _places.taken():
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
