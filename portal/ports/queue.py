"""Ringing the bell for work, and telling who listens that something moved."""

from collections.abc import Iterator
from typing import Protocol

from portal.domain.ids import ConnectorId, ImportId, OperationId, UpdateId


class JobQueue(Protocol):
    """Enqueues by dotted name, after the transaction is in; a lost bell is made good by the sweeper."""

    def advance_update(self, update: UpdateId, run: int) -> None:
        """Ask a worker to carry the update forward; ``run`` makes the job's name unique."""
        ...


class OperationQueue(Protocol):
    """The same for what is done with devices around their updates."""

    def carry_operation(self, operation: OperationId, attempt: int) -> None:
        """Ask a worker to tell the world what the operation ordered; ``attempt`` makes the job's name unique."""
        ...


class ImportQueue(Protocol):
    """The same for files of people."""

    def carry_import(self, number: ImportId, fence: int) -> None:
        """Ask a worker to check the file or take it over; ``fence`` makes the job's name unique."""
        ...


class SyncQueue(Protocol):
    """The same for synchronizations with directories outside."""

    def carry_sync(self, number: int, fence: int) -> None:
        """Ask a worker to read the directory; ``fence`` makes the job's name unique."""
        ...


class CheckQueue(Protocol):
    """The same for checks of connectors."""

    def carry_check(self, connector: ConnectorId, number: int) -> None:
        """Ask a worker to try the connector; ``number`` makes the job's name unique."""
        ...


class TemplateQueue(Protocol):
    """The same for questions to authorities what they issue."""

    def ask_templates(self, connector: ConnectorId, number: int) -> None:
        """Ask a worker to ask the authority; ``number`` makes the job's name unique."""
        ...


class AuthorityQueue(Protocol):
    """The same for looks at the authority of the portal itself."""

    def look_at_authority(self, turn: int) -> None:
        """Ask a worker to look; ``turn`` makes the job's name unique."""
        ...


class SyncFeed(Protocol):
    """Says that a synchronization moved; its row is the truth, this is only a hint."""

    def tell(self, number: int, seen: int) -> bool:
        """So many entries were read; whether that could be said."""
        ...

    def listen(self, number: int, *, beat: float) -> Iterator[int | None]:
        """Something whenever there is news; None each ``beat`` seconds when nothing came."""
        ...


class ImportFeed(Protocol):
    """Says how far the taking over of a file is; numbers only, never what stands in it."""

    def announce(self, number: ImportId, fence: int, done: int) -> bool:
        """So many people are written; whether that could be said."""
        ...

    def reached(self, number: ImportId, fence: int) -> int:
        """How many people are written, as far as is known."""
        ...

    def listen(self, number: ImportId, *, beat: float) -> Iterator[int | None]:
        """Something whenever there is news; None each ``beat`` seconds when nothing came."""
        ...


class ProgressFeed(Protocol):
    """Says that an update moved; the journal is the truth, this is only a hint."""

    def announce(self, update: UpdateId, sequence: int) -> None:
        """The update's progress reached this sequence number."""
        ...

    def listen(self, update: UpdateId, *, beat: float) -> Iterator[int | None]:
        """Sequence numbers as they come; None each ``beat`` seconds when nothing came."""
        ...
