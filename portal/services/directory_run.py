"""A synchronization while a worker is at it: what it counts, what it says of each entry, and whose turn it still is."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, insert, update

from portal.db.models import DirectorySync, DirectorySyncLine
from portal.db.transaction import Database
from portal.domain.connectors.ldap import LdapSettings
from portal.domain.directory_sync import SyncEvent
from portal.domain.ids import ConnectorId
from portal.ports.clock import Clock

#: How long a worker may think over one part before another takes the synchronization up.
LEASE: Final = timedelta(minutes=3)
#: Of each kind of event so many are told one by one; all are counted.
MOST_LINES: Final = 2000

Line = tuple[SyncEvent, str, str]


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

    def _refuse_to_save(self) -> None:
        if self.dry:
            raise _Unsaved

    def _note(self, connection: Connection, lines: list[Line], seen: int) -> None:
        shown = []
        for event, login, detail in lines:
            self.counts[event] += 1
            if self.counts[event] <= MOST_LINES:
                shown.append({"sync_id": self.id, "event": event, "login": login[:100], "detail": detail[:300]})
        if shown:
            connection.execute(insert(DirectorySyncLine), shown)
        counted = {event.value: self.counts[event] for event in SyncEvent}
        self._mine(connection, {**counted, "seen": self.seen + seen})

    def _mine(self, connection: Connection, values: dict[str, Any]) -> None:
        held = {**values, "lease_until": self.clock.now() + LEASE}
        own = update(DirectorySync).where(DirectorySync.id == self.id, DirectorySync.fence == self.fence)
        if connection.execute(own.values(held)).rowcount != 1:
            raise Overtaken
