"""Synchronizations with directories outside: ordered, rung for, and what came of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, or_, select

from portal.db.base import AnyRow
from portal.db.models import Connector, DirectorySync, DirectorySyncLine
from portal.db.transaction import Database
from portal.domain.connector_health import ConnectorState
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.directory_sync import SyncEvent, SyncState
from portal.domain.errors import Conflict, NotFound
from portal.domain.ids import ConnectorId
from portal.ports.clock import Clock
from portal.ports.queue import SyncQueue
from portal.services.connector_rows import StoredConnector, stored_connector

#: Who orders what nobody ordered.
BY_ITSELF: Final = "sweeper"
KEPT: Final = timedelta(days=90)
AT_ONCE: Final = 50
_OPEN: Final = (SyncState.QUEUED, SyncState.RUNNING)


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
    counts: Mapping[SyncEvent, int]
    fault: str
    detail: str


@dataclass(frozen=True, slots=True)
class SyncLine:
    """What became of one entry."""

    event: SyncEvent
    login: str
    detail: str


@dataclass(frozen=True, slots=True)
class DirectorySyncs:
    """What people do with them. Whatever takes long is done by a worker, see ``directory_sync_work``."""

    database: Database
    clock: Clock
    queue: SyncQueue

    def order(
        self, connector: ConnectorId, *, actor: str, dry: bool = False, whole: bool = False, anyway: bool = False
    ) -> int:
        """Have a directory read; raises NotFound, Conflict ``sync_runs`` while another is under way.

        ``dry`` saves nothing but the report; ``anyway``: however many leave.
        """
        with self.database.begin() as connection:
            row = stored_connector(connection, Connector.id == connector, hold=True)
            if row is None or row.kind is not ConnectorKind.DIRECTORY_LDAP:
                raise NotFound("connector", id=str(connector))
            if row.state is ConnectorState.PAUSED:
                raise Conflict("connector_paused", name=row.name)
            number = self._insert(connection, connector, actor=actor, dry=dry, whole=whole, anyway=anyway)
        self.queue.carry_sync(number, 0)
        return number

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

    def lines(self, number: int, event: SyncEvent, some: int = 200) -> tuple[SyncLine, ...]:
        """The first entries of which this is told."""
        own = DirectorySyncLine
        query = select(own.event, own.login, own.detail).where(own.sync_id == number, own.event == event)
        with self.database.read() as connection:
            return tuple(SyncLine(*row) for row in connection.execute(query.order_by(own.id).limit(some)))

    def ring_due(self) -> int:
        """Order what is due, and ring for everything nobody is at; answers for how many."""
        now = self.clock.now()
        for connector in self._due(now):
            with self.database.begin() as connection:
                if stored_connector(connection, Connector.id == connector.id, hold=True) is None:
                    continue
                if _under_way(connection, connector.id) is None:
                    self._insert(connection, connector.id, actor=BY_ITSELF)
        free = or_(DirectorySync.lease_until.is_(None), DirectorySync.lease_until <= now)
        query = select(DirectorySync.id, DirectorySync.fence).where(DirectorySync.state.in_(_OPEN), free)
        with self.database.read() as connection:
            rows = connection.execute(query.order_by(DirectorySync.id).limit(AT_ONCE)).all()
        for row in rows:
            self.queue.carry_sync(row.id, row.fence)
        return len(rows)

    def forget_old(self) -> int:
        """Forget reports nobody asks for any more; answers how many."""
        old = (DirectorySync.ordered_at < self.clock.now() - KEPT, DirectorySync.state.not_in(_OPEN))
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

    def _insert(
        self,
        connection: Connection,
        connector: ConnectorId,
        *,
        actor: str,
        dry: bool = False,
        whole: bool = False,
        anyway: bool = False,
    ) -> int:
        if (running := _under_way(connection, connector)) is not None:
            raise Conflict("sync_runs", number=str(running))
        wish = {"connector_id": connector, "dry": dry, "whole": whole, "anyway": anyway}
        stamp = {"state": SyncState.QUEUED, "ordered_by": actor, "ordered_at": self.clock.now()}
        made = insert(DirectorySync).values(**wish, **stamp).returning(DirectorySync.id)
        return int(connection.execute(made).scalar_one())


def _under_way(connection: Connection, connector: ConnectorId) -> int | None:
    query = select(DirectorySync.id).where(DirectorySync.connector_id == connector, DirectorySync.state.in_(_OPEN))
    found: int | None = connection.execute(query.limit(1)).scalar_one_or_none()
    return found


def _view(row: AnyRow) -> SyncView:
    told = row._mapping
    counts = {event: int(told[event.value]) for event in SyncEvent}
    names = ("dry", "whole", "anyway", "state", "ordered_by", "ordered_at", "finished_at", "seen", "fault", "detail")
    return SyncView(
        id=row.id, connector=ConnectorId(row.connector_id), counts=counts, **{name: told[name] for name in names}
    )
