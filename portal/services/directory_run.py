"""A synchronization while a worker is at it: what it counts, what it says of each entry, and whose turn it still is."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, insert

from portal.db.models import DirectorySync, DirectorySyncLine
from portal.db.transaction import Database
from portal.domain.connectors.ldap import LdapSettings
from portal.domain.directory_sync import SyncEvent, SyncState
from portal.domain.ids import ConnectorId
from portal.ports.clock import Clock
from portal.services.leased_work import LeasedWork

#: A worker may think over one part for three minutes before another takes the synchronization up.
WORK: Final = LeasedWork(DirectorySync, (SyncState.QUEUED, SyncState.RUNNING), timedelta(minutes=3))
#: Of each kind of event so many are told one by one; all are counted.
MOST_LINES: Final = 2000


class Line(NamedTuple):
    """What became of one entry; ``person`` is the number of whom it is about."""

    event: SyncEvent
    login: str
    detail: str
    person: int | None = None


@dataclass(slots=True)
class Devices:
    """How many devices of people who left the rule of the connector touches."""

    suspended: int = 0
    revoked: int = 0


class Overtaken(Exception):  # noqa: N818  it says what happened
    """Another worker took the synchronization up: what he does counts."""


class _Unsaved(Exception):  # noqa: N818  it says what happens
    """Ends a part of a rehearsal, and takes it back."""


@dataclass(slots=True)
class SyncRun:
    """``dry``: everything is done as ever, and taken back. ``newcomers``: somebody follows who did not before."""

    database: Database
    clock: Clock
    id: int
    fence: int
    connector: ConnectorId
    name: str
    settings: LdapSettings
    dry: bool
    whole: bool
    seen: int = 0
    newcomers: bool = False
    counts: Counter[SyncEvent] = field(default_factory=Counter)
    devices: Devices = field(default_factory=Devices)
    tell: Callable[[int], None] = lambda _seen: None

    @property
    def actor(self) -> str:
        """Who does it, as the audit log says."""
        return f"directory:{self.name}"

    def part(self, work: Callable[[Connection, datetime], list[Line]], *, seen: int = 0) -> None:
        """Do a part, all or nothing, with the word that it is done; raises Overtaken."""
        lines: list[Line] = []
        try:
            with self.database.begin() as connection:
                self._mine(connection, {})
                lines = work(connection, self.clock.now())
                self._refuse_to_save()
                self._note(connection, lines, seen)
        except _Unsaved:
            with self.database.begin() as connection:
                self._note(connection, lines, seen)
        self.seen += seen
        self.tell(self.seen)

    def _refuse_to_save(self) -> None:
        if self.dry:
            raise _Unsaved

    def _note(self, connection: Connection, lines: list[Line], seen: int) -> None:
        shown = []
        for line in lines:
            self.counts[line.event] += 1
            if self.counts[line.event] <= MOST_LINES:
                shown.append(self._shown(line))
        if shown:
            connection.execute(insert(DirectorySyncLine), shown)
        counted = {event.value: self.counts[event] for event in SyncEvent}
        self._mine(connection, {**counted, **asdict(self.devices), "seen": self.seen + seen})

    def _shown(self, line: Line) -> dict[str, Any]:
        unsaved = self.dry and line.event is SyncEvent.ADDED
        about = {"sync_id": self.id, "event": line.event, "person_id": None if unsaved else line.person}
        return {**about, "login": line.login[:100], "detail": line.detail[:300]}

    def _mine(self, connection: Connection, values: dict[str, Any]) -> None:
        held = {**values, "lease_until": self.clock.now() + WORK.lease}
        if not WORK.change(connection, self.id, self.fence, held):
            raise Overtaken
