"""A directory outside that was read in every way a page shows."""

from dataclasses import replace

from sqlalchemy import select, update

from portal.bootstrap import Portal
from portal.db.models import DirectorySync, Person
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.directory_sync import SyncState
from portal.domain.ids import ConnectorId
from portal.services.connectors import ConnectorDraft
from portal.services.directory_sync import SyncWish
from tests.support.directories import TYPED, HeardSyncs, MemoryDirectory, SilentFeed, entry

LOGINS = ("anna", "boris", "vera", "gleb", "darya", "egor", "zoya", "ilya")


class Followed:
    """The directory and the services that follow it."""

    def __init__(self, portal: Portal, name: str = "head-office", **typed: str) -> None:
        self.portal, self.source = portal, MemoryDirectory()
        portal.__dict__["directory_syncs"] = replace(portal.directory_syncs, queue=HeardSyncs())
        self._work = replace(portal.directory_sync_work, opens=lambda _values: self.source, feed=SilentFeed())
        draft = ConnectorDraft(ConnectorKind.DIRECTORY_LDAP, name, TYPED | typed)
        self.connector: ConnectorId = portal.connectors.add(draft, actor="administrator")

    def sync(self, wish: SyncWish = SyncWish()) -> int:  # noqa: B008  it is frozen
        """Order one and do what a worker would."""
        number = self.portal.directory_syncs.order(self.connector, wish, actor="administrator")
        self._work.carry(number)
        return number

    def carried(self, number: int) -> int:
        """Do what a worker would with one that was ordered."""
        self._work.carry(number)
        return number

    def moves(self) -> int:
        """One that a worker is in the middle of."""
        number = self.portal.directory_syncs.order(self.connector, actor="administrator")
        going = update(DirectorySync).where(DirectorySync.id == number)
        with self.portal.database.begin() as connection:
            connection.execute(going.values(state=SyncState.RUNNING, fence=1, seen=500, changed=12))
        return number

    def person(self, login: str) -> int:
        """His number here."""
        with self.portal.database.read() as connection:
            return connection.execute(select(Person.id).where(Person.login == login)).scalar_one()


def read_in_every_way(portal: Portal) -> dict[str, int]:
    """A rehearsal, one that took over, one that stopped, and one under way."""
    here = Followed(portal)
    here.source.put(*(entry(login, "Продажи", title="Инженер") for login in LOGINS))
    here.source.put(entry("no.surname", surname=""), entry("два слова"))
    here.source.group("VPN", "anna", "boris")
    rehearsed = here.sync(SyncWish(dry=True))
    done = here.sync()
    here.source.people = {key: one for key, one in here.source.people.items() if key in {"key-anna", "key-boris"}}
    stopped = here.sync()
    numbers = {"directory": int(here.connector), "followed": here.person("anna")}
    other = Followed(portal, "branch")
    other.source.put(entry("pavel", "Филиал"))
    return numbers | {
        "sync_rehearsed": rehearsed,
        "sync_done": done,
        "sync_stopped": stopped,
        "sync_moving": other.moves(),
    }
