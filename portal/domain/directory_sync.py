"""The synchronization with a directory outside, in words: how far it is, what it did, when it stops by itself."""

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

#: So many may leave at once without anybody being asked, however few there are.
FEW: Final = 3


@unique
class LinkKind(StrEnum):
    """What of ours follows something over there."""

    PERSON = "person"
    UNIT = "unit"
    GROUP = "group"


@unique
class SyncState(StrEnum):
    """How far a synchronization is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"  # it would do more harm than it may without being asked
    FAILED = "failed"

    @property
    def over(self) -> bool:
        """Whether nothing more happens."""
        return self in {SyncState.DONE, SyncState.STOPPED, SyncState.FAILED}


@unique
class SyncEvent(StrEnum):
    """What became of one entry."""

    ADDED = "added"
    CHANGED = "changed"
    MOVED = "moved"
    DISABLED = "disabled"
    GONE = "gone"
    REFUSED = "refused"
    GROUPS = "groups"  # somebody came into a group, or left one
    LEAVING = "leaving"  # would be gone or disabled, had the synchronization not stopped


@unique
class SyncFault(StrEnum):
    """Why a synchronization stopped, apart from a directory that could not be asked."""

    EMPTY = "sync_empty"  # nobody is there: nothing was taken over
    TOO_MANY = "sync_too_many"  # more would leave than may without being asked
    GROUPS = "sync_too_many_groups"  # the same of groups
    CONNECTOR = "sync_connector"  # the connector is paused, changed or gone
    BROKE = "sync_broke"  # it was taken up again and again and never came to an end


def correlation_of(number: int) -> str:
    """What lines of the audit log bear that this synchronization brought about."""
    return f"sync-{number}"


@dataclass(frozen=True, slots=True)
class Leave:
    """How many are there now, and how many of them would be gone or disabled."""

    known: int
    leaving: int

    def too_many(self, percent: int, confirmed: int = 0) -> bool:
        """Whether a person has to say that this is right; so many he ``confirmed`` already."""
        if self.leaving <= confirmed:
            return False
        everybody = self.leaving >= self.known and self.known > 1
        return everybody or (self.leaving > FEW and self.leaving * 100 > self.known * percent)
