"""Synchronizations with directories outside: ordered, rung for, and what came of them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from portal.db.base import AnyRow
from portal.db.models import Connector, DirectorySync, DirectorySyncLine
from portal.db.transaction import Database
from portal.domain.connector_health import ConnectorState
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.directory_sync import SyncEvent, SyncFault, SyncState
from portal.domain.errors import Conflict, InvalidInput, NotFound
from portal.domain.ids import ConnectorId
from portal.ports.clock import Clock
from portal.ports.queue import SyncQueue
from portal.services.connector_rows import StoredConnector, stored_connector
from portal.services.directory_run import WORK

#: Who orders what nobody ordered.
BY_ITSELF: Final = "sweeper"
KEPT: Final = timedelta(days=90)
LONGEST_REASON: Final = 300
AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class SyncWish:
    """``dry`` saves nothing but the report; ``anyway``: however many leave; ``confirmed``: so many, by ``reason``."""

    dry: bool = False
    whole: bool = False
    anyway: bool = False
    confirmed: int = 0
    reason: str = ""


AS_EVER: Final = SyncWish()


@dataclass(frozen=True, slots=True)
class SyncView:
    """One synchronization as people see it; ``counts`` tells how many entries of each event."""

    id: int
    connector: ConnectorId
    dry: bool
    whole: bool
    anyway: bool
    state: SyncState
    ordered_by: str
    ordered_at: datetime
    finished_at: datetime | None
    seen: int
    fence: int
    suspended: int
    revoked: int
    confirmed: int
    reason: str
    counts: Mapping[SyncEvent, int]
    fault: str
    detail: str

    @property
    def confirmable(self) -> bool:
        """Whether it stopped because of how many would leave, which somebody may say is right."""
        return self.state is SyncState.STOPPED and self.fault in {SyncFault.TOO_MANY, SyncFault.GROUPS}


@dataclass(frozen=True, slots=True)
class DirectorySyncs:
    """What people do with them. Whatever takes long is done by a worker, see ``directory_sync_work``."""

    database: Database
    clock: Clock
    queue: SyncQueue

    def order(self, connector: ConnectorId, wish: SyncWish = AS_EVER, *, actor: str) -> int:
        """Have a directory read; raises NotFound, Conflict ``sync_runs`` while another is under way."""
        with self.database.begin() as connection:
            row = stored_connector(connection, Connector.id == connector, hold=True)
            if row is None or row.kind is not ConnectorKind.DIRECTORY_LDAP:
                raise NotFound("connector", id=str(connector))
            if row.state is ConnectorState.PAUSED:
                raise Conflict("connector_paused", name=row.name)
            number = self._insert(connection, connector, wish, actor=actor)
        self.queue.carry_sync(number, 0)
        return number

    def confirm(self, number: int, reason: str, *, actor: str) -> int:
        """Have a directory read again, and let go as many as the stopped synchronization told, and no more.

        Raises InvalidInput without a reason, NotFound, and Conflict when something else happened since.
        """
        said, stopped = reason.strip(), self.get(number)
        if not said or len(said) > LONGEST_REASON:
            raise InvalidInput({"reason": "too_long" if said else "required"})
        last = next((one for one in self.of(stopped.connector) if not one.dry or one.id == number), stopped)
        if not stopped.confirmable or last.id != number:
            raise Conflict("sync_moved_on", number=str(last.id))
        wish = SyncWish(whole=True, confirmed=stopped.counts[SyncEvent.LEAVING], reason=said)
        return self.order(stopped.connector, wish, actor=actor)

    def get(self, number: int) -> SyncView:
        """How it stands; raises NotFound."""
        with self.database.read() as connection:
            query = select(DirectorySync.__table__).where(DirectorySync.id == number)
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFound("sync", id=str(number))
        return _view(row)

    def of(self, connector: ConnectorId, some: int = 20) -> tuple[SyncView, ...]:
        """The last ones of a directory, latest first."""
        query = select(DirectorySync.__table__).where(DirectorySync.connector_id == connector)
        with self.database.read() as connection:
            rows = connection.execute(query.order_by(DirectorySync.id.desc()).limit(some))
            return tuple(_view(row) for row in rows)

    def ring_due(self) -> int:
        """Order what is due, and ring for everything nobody is at; answers for how many."""
        now = self.clock.now()
        for connector in self._due(now):
            with self.database.begin() as connection:
                if stored_connector(connection, Connector.id == connector.id, hold=True) is None:
                    continue
                if _under_way(connection, connector.id) is None:
                    self._insert(connection, connector.id, actor=BY_ITSELF)
        query = select(DirectorySync.id, DirectorySync.fence).where(WORK.free(now))
        with self.database.read() as connection:
            rows = connection.execute(query.order_by(DirectorySync.id).limit(AT_ONCE)).all()
        for row in rows:
            self.queue.carry_sync(row.id, row.fence)
        return len(rows)

    def forget_old(self) -> int:
        """Forget reports nobody asks for any more; answers how many."""
        old = (DirectorySync.ordered_at < self.clock.now() - KEPT, DirectorySync.state.not_in(WORK.open))
        with self.database.begin() as connection:
            numbers = select(DirectorySync.id).where(*old)
            connection.execute(delete(DirectorySyncLine).where(DirectorySyncLine.sync_id.in_(numbers)))
            return connection.execute(delete(DirectorySync).where(*old)).rowcount

    def _due(self, now: datetime) -> list[StoredConnector]:
        with self.database.read() as connection:
            mine = (Connector.kind == ConnectorKind.DIRECTORY_LDAP, Connector.state == ConnectorState.ACTIVE)
            numbers = connection.execute(select(Connector.id).where(*mine)).scalars().all()
            rows = [stored_connector(connection, Connector.id == number) for number in numbers]
            return [row for row in rows if row is not None and self._is_due(connection, row, now)]

    def _is_due(self, connection: Connection, row: StoredConnector, now: datetime) -> bool:
        """One that was never read waits for a person: what comes of the first reading should be looked at before."""
        query = select(DirectorySync.ordered_at).where(DirectorySync.connector_id == row.id, ~DirectorySync.dry)
        done = query.where(DirectorySync.state == SyncState.DONE).order_by(DirectorySync.id.desc()).limit(1)
        last = query.order_by(DirectorySync.id.desc()).limit(1)
        if connection.execute(done).scalar_one_or_none() is None or row.health.holds_back(now):
            return False
        every = timedelta(minutes=int(row.plain["every_minutes"]))
        return bool(now - connection.execute(last).scalar_one() >= every)

    def _insert(self, connection: Connection, connector: ConnectorId, wish: SyncWish = AS_EVER, *, actor: str) -> int:
        if (running := _under_way(connection, connector)) is not None:
            raise Conflict("sync_runs", number=str(running))
        stamp = {"state": SyncState.QUEUED, "ordered_by": actor, "ordered_at": self.clock.now()}
        made = insert(DirectorySync).values(connector_id=connector, **asdict(wish), **stamp).returning(DirectorySync.id)
        return int(connection.execute(made).scalar_one())


def _under_way(connection: Connection, connector: ConnectorId) -> int | None:
    query = select(DirectorySync.id).where(DirectorySync.connector_id == connector, DirectorySync.state.in_(WORK.open))
    found: int | None = connection.execute(query.limit(1)).scalar_one_or_none()
    return found


def _view(row: AnyRow) -> SyncView:
    told = row._mapping
    counts = {event: int(told[event.value]) for event in SyncEvent}
    known = {field.name: told[field.name] for field in fields(SyncView) if field.name not in {"connector", "counts"}}
    return SyncView(connector=ConnectorId(row.connector_id), counts=counts, **known)
