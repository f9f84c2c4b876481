"""A directory outside: its people, units and groups read page by page, and whether a password is somebody's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """Somebody as the directory tells him. ``key`` stays whatever he is called and wherever he stands.

    ``place`` is the path of units below the base; ``name`` and ``manager`` are whole names in one spelling.
    """

    key: str
    name: str
    place: tuple[str, ...]
    attributes: Mapping[str, str]
    active: bool = True
    manager: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class UnitEntry:
    """A unit below the base; ``place`` ends with its own name."""

    key: str
    place: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """A group; ``mark`` is another one whenever somebody may have come or gone. ``where`` is its name over there."""

    key: str
    where: str
    title: str
    mark: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some people who are there, and keys of some who are not there any more."""

    people: tuple[PersonEntry, ...] = ()
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """``whole``: everybody comes, else who changed. ``tells_gone``: those who are gone come too.

    ``cursor`` is what the next reading goes on from, once all pages of this one are taken over.
    """

    whole: bool
    tells_gone: bool
    cursor: str
    pages: Iterator[Page] = field(repr=False)


@unique
class PasswordVerdict(StrEnum):
    """What the directory says of a login and a password."""

    RIGHT = "right"
    WRONG = "wrong"


class DirectorySource(Protocol):
    """One directory; every call is bounded in time, and raises OutsideUnavailable with a code of DirectoryTrouble."""

    def read(self, cursor: str = "") -> Reading:
        """People changed since; everybody when there is no cursor, or it is worth nothing any more."""
        ...

    def keys(self) -> Iterator[tuple[str, ...]]:
        """The keys of everybody who is there now."""
        ...

    def units(self) -> Iterator[tuple[UnitEntry, ...]]:
        """Every unit, the higher ones first within a page."""
        ...

    def groups(self) -> Iterator[tuple[GroupEntry, ...]]:
        """Every group."""
        ...

    def members(self, group: GroupEntry) -> Iterator[tuple[str, ...]]:
        """Whole names of those in the group, in the spelling of PersonEntry.name."""
        ...

    def close(self) -> None:
        """Hang up."""
        ...


class PasswordCheck(Protocol):
    """Asks a directory whether a password is somebody's; raises OutsideUnavailable when it cannot be asked."""

    def check(self, key: str, password: str) -> PasswordVerdict:
        """Whether the person with this key signs in over there with this password."""
        ...


class Directory(DirectorySource, PasswordCheck, Protocol):
    """Both: the one that is read judges passwords too."""


@unique
class DirectoryTrouble(StrEnum):
    """Why a directory could not be asked."""

    AWAY = "directory_away"  # nobody answers at this address
    SLOW = "directory_slow"  # no answer in time
    UNTRUSTED = "directory_untrusted"  # its certificate does not lead to those we trust, or is another server's
    SIGN_IN = "directory_sign_in"  # it does not let the portal in
    FORBIDDEN = "directory_forbidden"  # the portal's account may not read this
    MISSING = "directory_missing"  # the base is not there
    REFERRAL = "directory_referral"  # it sends us elsewhere, where we do not go
    RUBBISH = "directory_rubbish"  # what it answers is no answer
    REFUSED = "directory_refused"  # it refuses for a reason of its own
