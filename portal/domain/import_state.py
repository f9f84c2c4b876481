"""How far a file of people has come."""

from enum import StrEnum, unique


@unique
class ImportState(StrEnum):
    """What happens to a file now; only a checked one waits for its owner."""

    CHECKING = "checking"
    CHECKED = "checked"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"

    @property
    def active(self) -> bool:
        """Whether a worker has something to do."""
        return self in _ACTIVE

    @property
    def ordered(self) -> bool:
        """Whether the owner has confirmed, and it is not over: nothing can be taken back now."""
        return self in _ORDERED


_ORDERED = frozenset({ImportState.QUEUED, ImportState.RUNNING})
_ACTIVE = _ORDERED | {ImportState.CHECKING}
