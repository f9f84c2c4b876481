"""A directory in memory, followed by the real services on a real database."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from portal.connectors.vault_local import LocalVault
from portal.connectors.x509 import X509Reader
from portal.db.queries.directory_syncs import LineFilter, SyncLine, sync_lines
from portal.db.transaction import Database
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.directory_sync import SyncEvent
from portal.domain.errors import OutsideUnavailable
from portal.domain.ids import ConnectorId
from portal.ports.directory import DirectoryTrouble, GroupEntry, Page, PersonEntry, Reading, UnitEntry
from portal.services.connector_watch import ConnectorWatch
from portal.services.connectors import ConnectorDraft, Connectors
from portal.services.device_life import DeviceLife
from portal.services.directory_leaving import DirectoryLeavers
from portal.services.directory_sync import DirectorySyncs, SyncView, SyncWish
from portal.services.directory_sync_work import DirectorySyncWork
from tests.support.clock import FrozenClock
from tests.support.connectors import PEM

TYPED = {
    "address": "ldaps://directory.example.org",
    "trusted": PEM,
    "bind_dn": "cn=portal",
    "password": "x",
    "schema": "ad",
    "base_dn": "dc=example,dc=org",
    "unit": "Ключ",
    "changes": "auto",
    "every_minutes": "60",
    "when_disabled": "suspend",
    "when_gone": "revoke",
    "most_leaving": "10",
    "timeout": "30",
}


def entry(login: str, *unit: str, active: bool = True, key: str = "", **attributes: str) -> PersonEntry:
    """Somebody over there."""
    told = {"login": login, "surname": "Ли", "given_name": login.capitalize(), **attributes}
    return PersonEntry(key or f"key-{login}", f"cn={login}", ("Ключ", *unit), told, active=active)


@dataclass
class MemoryDirectory:
    """A DirectorySource whose entries a test changes. ``breaks_after``: so many pages come, then nobody answers."""

    people: dict[str, PersonEntry] = field(default_factory=dict)
    groups_: dict[str, tuple[GroupEntry, set[str]]] = field(default_factory=dict)
    units_: list[UnitEntry] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)
    breaks_after: int | None = None
    page: int = 2
    readings: list[bool] = field(default_factory=list)

    def put(self, *entries: PersonEntry) -> None:
        """These are there now, as they are."""
        self.people |= {one.key: one for one in entries}
        self.changed |= {one.key for one in entries}

    def group(self, title: str, *logins: str) -> None:
        """A group with these members, which changed just now."""
        key, (before, _) = f"group-{title}", self.groups_.get(f"group-{title}", (None, set()))
        mark = str(int(before.mark) + 1) if before else "1"
        names = {one.name for one in self.people.values() if one.attributes["login"] in logins}
        self.groups_[key] = (GroupEntry(key, f"cn={title}", title, mark), names)

    def read(self, cursor: str = "") -> Reading:
        self.readings.append(not cursor)
        wanted = [one for one in self.people.values() if not cursor or one.key in self.changed]
        self.changed = set()
        return Reading(whole=not cursor, tells_gone=False, cursor="next", pages=self._pages(wanted))

    def _pages(self, wanted: list[PersonEntry]) -> Iterator[Page]:
        for number, start in enumerate(range(0, len(wanted), self.page)):
            if self.breaks_after is not None and number >= self.breaks_after:
                raise OutsideUnavailable(DirectoryTrouble.AWAY.value, detail="cut")
            yield Page(tuple(wanted[start : start + self.page]))

    def keys(self) -> Iterator[tuple[str, ...]]:
        yield tuple(self.people)

    def units(self) -> Iterator[tuple[UnitEntry, ...]]:
        yield tuple(self.units_)

    def groups(self) -> Iterator[tuple[GroupEntry, ...]]:
        yield tuple(group for group, _ in self.groups_.values())

    def members(self, group: GroupEntry) -> Iterator[tuple[str, ...]]:
        yield tuple(self.groups_[group.key][1])

    def close(self) -> None:
        """Nothing is held."""


class HeardSyncs:
    """A bell nobody hears: the test does the work itself."""

    def carry_sync(self, number: int, fence: int) -> None:
        """Rings for nobody."""


class SilentFeed:
    """A feed nobody listens to."""

    def tell(self, number: int, seen: int) -> bool:
        """Tells nobody."""
        return True

    def listen(self, number: int, *, beat: float) -> Iterator[int | None]:
        raise AssertionError


@dataclass
class Follower:
    """The services around one directory."""

    database: Database
    clock: FrozenClock
    life: DeviceLife
    source: MemoryDirectory = field(default_factory=MemoryDirectory)
    typed: dict[str, str] = field(default_factory=lambda: dict(TYPED))

    def __post_init__(self) -> None:
        self.connectors = Connectors(self.database, self.clock, LocalVault(b"m" * 32), X509Reader())
        self.watch = ConnectorWatch(self.database, self.clock, lambda: 0.0)
        self.syncs = DirectorySyncs(self.database, self.clock, HeardSyncs())
        self.leavers = DirectoryLeavers(self.database, self.life)
        parts = (self.connectors, self.watch, self.leavers, SilentFeed(), lambda _values: self.source)
        self.work = DirectorySyncWork(self.database, self.clock, *parts)
        self.connector = self.add("ad")

    def add(self, name: str, **typed: str) -> ConnectorId:
        """Another directory."""
        draft = ConnectorDraft(ConnectorKind.DIRECTORY_LDAP, name, {**self.typed, **typed})
        return self.connectors.add(draft, actor="admin")

    def retell(self, **typed: str) -> None:
        """Tell the connector something else."""
        self.typed |= typed
        row = self.watch.row(self.connector)
        assert row is not None
        draft = ConnectorDraft(ConnectorKind.DIRECTORY_LDAP, "ad", self.typed)
        self.connectors.change(self.connector, draft, version=row.version, actor="admin")

    def sync(self, *, dry: bool = False, whole: bool = False, anyway: bool = False) -> SyncView:
        """Read it, as a worker would, and tell what came of it."""
        number = self.syncs.order(self.connector, SyncWish(dry=dry, whole=whole, anyway=anyway), actor="admin")
        self.work.carry(number)
        return self.syncs.get(number)

    def lines(self, number: int, event: SyncEvent) -> list[SyncLine]:
        """What a synchronization told of this, in order."""
        with self.database.read() as connection:
            return list(sync_lines(connection, number, LineFilter(event)).items)

    def become(self, login: str, **changes: object) -> None:
        """Somebody is otherwise over there from now on."""
        one = next(one for one in self.source.people.values() if one.attributes["login"] == login)
        self.source.put(replace(one, **changes))  # type: ignore[arg-type]
