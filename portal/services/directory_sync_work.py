"""What a worker does with a synchronization: takes it up, carries it to an end, and says which."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, delete, select

from portal.db.base import AnyRow
from portal.db.models import Connector, DirectoryCursor, DirectorySync, DirectorySyncLine
from portal.db.transaction import Database
from portal.db.upsert import upsert
from portal.domain.audit import AuditTag
from portal.domain.connector_health import ConnectorState
from portal.domain.connectors.ldap import ldap_settings
from portal.domain.directory_sync import SyncEvent, SyncFault, SyncState
from portal.domain.errors import OutsideUnavailable
from portal.domain.ids import ConnectorId
from portal.ports.clock import Clock
from portal.ports.connectors import ConnectorValues
from portal.ports.directory import DirectorySource, DirectoryTrouble
from portal.ports.queue import SyncFeed
from portal.services.audit import record
from portal.services.connector_rows import StoredConnector, stored_connector
from portal.services.connector_watch import ConnectorWatch
from portal.services.connectors import Connectors
from portal.services.directory_leaving import DirectoryLeavers
from portal.services.directory_reading import Stopped, Taking
from portal.services.directory_run import WORK, Devices, Overtaken, SyncRun
from portal.services.leased_work import TRIES

#: So often everybody is read, whatever the directory tells of changes.
WHOLE_EVERY: Final = timedelta(days=1)
#: So many may leave when nobody counts them.
EVERYBODY: Final = 2**31
#: Beside a trouble with what a directory answers.
_TOO_MUCH: Final = "more than the memory there is for a reading"
#: What a second worker says once more of the same entries.
TOLD_AGAIN: Final = frozenset({SyncEvent.REFUSED, SyncEvent.LEAVING})

Opens = Callable[[ConnectorValues], DirectorySource]


@dataclass(frozen=True, slots=True)
class DirectorySyncWork:
    """Carried by workers; a synchronization that is over, or in another worker's hands, is left alone."""

    database: Database
    clock: Clock
    connectors: Connectors
    watch: ConnectorWatch
    leavers: DirectoryLeavers
    feed: SyncFeed
    opens: Opens

    def carry(self, number: int) -> bool:
        """Do the synchronization; whether it came to an end here."""
        row = self._take(number)
        if row is None:
            return False
        connector = self.watch.row(ConnectorId(row.connector_id))
        if row.tries >= TRIES:
            return self._end(row, SyncState.FAILED, fault=SyncFault.BROKE.value)
        if connector is None or connector.state is ConnectorState.PAUSED:
            return self._end(row, SyncState.FAILED, fault=SyncFault.CONNECTOR.value)
        try:
            return self._carry(row, connector)
        except Stopped as stop:
            return self._end(row, SyncState.STOPPED, fault=stop.fault.value, detail=stop.detail)
        except OutsideUnavailable as refusal:
            detail = refusal.data.get("detail", "")
            self.watch.failed(connector.id, refusal.code, detail)
            return self._end(row, SyncState.FAILED, fault=refusal.code, detail=detail)
        except MemoryError:  # workers may take so much and no more
            fault = DirectoryTrouble.RUBBISH.value
            self.watch.failed(connector.id, fault, _TOO_MUCH)
            return self._end(row, SyncState.FAILED, fault=fault, detail=_TOO_MUCH)
        except Overtaken:
            return False

    def _carry(self, row: AnyRow, connector: StoredConnector) -> bool:
        values = self.connectors.values(connector.id)
        cursor = self._cursor(connector)
        run = SyncRun(
            self.database,
            self.clock,
            row.id,
            row.fence + 1,
            connector.id,
            connector.name,
            ldap_settings(values.all),
            dry=row.dry,
            whole=row.whole or not cursor,
            tell=self._teller(row.id),
        )
        self._gone_on_with(run, row)
        source = self.opens(values)
        try:
            reached = Taking(run, source, EVERYBODY if row.anyway else row.confirmed).take(cursor)
        finally:
            source.close()
        self.watch.answered(connector.id)
        ended = self._end(row, SyncState.DONE, cursor=_Reached(connector, reached, run.whole))
        self.leavers.settle()
        return ended

    def _take(self, number: int) -> AnyRow | None:
        """The synchronization as it was before it was taken up; None when there is nothing to do."""
        with self.database.begin() as connection:
            return WORK.take(connection, number, self.clock.now(), lambda _state: SyncState.RUNNING)

    def _teller(self, number: int) -> Callable[[int], None]:
        """Tells how many are read; silent for good once nobody can be told, for reading must not wait."""
        heard = True

        def tell(seen: int) -> None:
            nonlocal heard
            heard = heard and self.feed.tell(number, seen)

        return tell

    def _gone_on_with(self, run: SyncRun, row: AnyRow) -> None:
        """Count on from where a worker died: what he saved stands, what is judged again is told again."""
        if not row.tries:
            return
        told_again = set(SyncEvent) if row.dry else TOLD_AGAIN
        with self.database.begin() as connection:
            own = (DirectorySyncLine.sync_id == row.id, DirectorySyncLine.event.in_(sorted(told_again)))
            connection.execute(delete(DirectorySyncLine).where(*own))
        run.counts.update({event: row._mapping[event.value] for event in set(SyncEvent) - told_again})
        if not row.dry:
            run.devices = Devices(row.suspended, row.revoked)

    def _cursor(self, connector: StoredConnector) -> str:
        """Where to go on; nowhere when the connector is told something else now, or it is time to read everybody."""
        with self.database.read() as connection:
            query = select(DirectoryCursor.__table__).where(DirectoryCursor.connector_id == connector.id)
            kept = connection.execute(query).one_or_none()
        fresh = kept is not None and kept.version == connector.version
        if kept is None or not fresh or self.clock.now() - kept.whole_at >= WHOLE_EVERY:
            return ""
        return str(kept.cursor)

    def _end(
        self, row: AnyRow, state: SyncState, *, fault: str = "", detail: str = "", cursor: "_Reached | None" = None
    ) -> bool:
        now = self.clock.now()
        ended: dict[str, Any] = {"state": state, "fault": fault[:60], "detail": detail[:300], "lease_until": None}
        with self.database.begin() as connection:
            if not WORK.change(connection, row.id, row.fence + 1, {**ended, "finished_at": now}):
                return False
            if not row.dry:
                if cursor is not None:
                    self._keep(connection, cursor)
                self._tell(connection, row, state, fault)
        self.feed.tell(row.id, row.seen)
        return True

    def _keep(self, connection: Connection, reached: "_Reached") -> None:
        values: dict[str, Any] = {"version": reached.connector.version, "cursor": reached.cursor}
        key = {"connector_id": int(reached.connector.id)}
        known = select(DirectoryCursor.whole_at).where(DirectoryCursor.connector_id == key["connector_id"])
        before = connection.execute(known).scalar_one_or_none()
        values["whole_at"] = self.clock.now() if reached.whole or before is None else before
        upsert(connection, DirectoryCursor, key, values)

    def _tell(self, connection: Connection, row: AnyRow, state: SyncState, fault: str) -> None:
        names = (DirectorySync.__table__.c[event.value] for event in SyncEvent)
        counts = connection.execute(select(*names).where(DirectorySync.id == row.id)).one()
        told: dict[str, str | int] = {name: count for name, count in counts._mapping.items() if count}
        about = stored_connector(connection, Connector.id == row.connector_id)
        subject = f"connector:{about.name if about else row.connector_id}"
        told |= {"state": state.value, **({"fault": fault} if fault else {})}
        if row.reason:
            told["reason"] = row.reason
        tag = AuditTag.DIRECTORY_SYNCED
        record(connection, tag, actor=row.ordered_by, subject=subject, now=self.clock.now(), **told)


@dataclass(frozen=True, slots=True)
class _Reached:
    """Where a synchronization came to."""

    connector: StoredConnector
    cursor: str
    whole: bool
