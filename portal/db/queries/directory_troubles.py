"""Directories whose synchronization stopped, or has failed for long: somebody has to look."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, func, select

from portal.db.base import AnyRow
from portal.db.models import Connector, DirectorySync
from portal.domain.connector_health import ConnectorState
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.directory_sync import SyncState
from portal.domain.ids import ConnectorId

#: A failure that mends itself is nobody's business: so long, and for so many intervals, nothing is told of it.
LONG: Final = timedelta(hours=2)
INTERVALS: Final = 4


@dataclass(frozen=True, slots=True)
class SyncTrouble:
    """The synchronization ``number`` ended so; people were last read to the end at ``read_at``, None for never."""

    number: int
    connector: ConnectorId
    name: str
    state: SyncState
    fault: str
    detail: str
    read_at: datetime | None


_ENDED: Final = (SyncState.DONE, SyncState.STOPPED, SyncState.FAILED)
_LAST: Final = (
    select(func.max(DirectorySync.id))
    .where(DirectorySync.connector_id == Connector.id, ~DirectorySync.dry, DirectorySync.state.in_(_ENDED))
    .correlate(Connector)
    .scalar_subquery()
)
_TROUBLED: Final = (
    select(Connector.id, Connector.name, Connector.plain)
    .add_columns(DirectorySync.id.label("number"), DirectorySync.state, DirectorySync.fault, DirectorySync.detail)
    .join(DirectorySync, DirectorySync.id == _LAST)
    .where(Connector.kind == ConnectorKind.DIRECTORY_LDAP, Connector.state == ConnectorState.ACTIVE)
    .where(DirectorySync.state != SyncState.DONE)
    .order_by(Connector.name)
)
_OWN: Final = DirectorySync


def directory_troubles(connection: Connection, now: datetime) -> tuple[SyncTrouble, ...]:
    """Those that wait for a person, and those nobody has been read from for long; paused ones are left alone."""
    found = tuple(_trouble(connection, row) for row in connection.execute(_TROUBLED).all())
    return tuple(trouble for trouble, since, most in found if since is None or now - since > most)


def _trouble(connection: Connection, row: AnyRow) -> tuple[SyncTrouble, datetime | None, timedelta]:
    """With since when it fails, None for one that waits, and how long that may be."""
    mine = (_OWN.connector_id == row.id, ~_OWN.dry)
    read = select(func.max(_OWN.id)).where(*mine, _OWN.state == SyncState.DONE).scalar_subquery()
    read_at = connection.execute(select(_OWN.finished_at).where(_OWN.id == read)).scalar()
    since = None
    if row.state is SyncState.FAILED:
        first = select(_OWN.ordered_at).where(*mine, _OWN.id > func.coalesce(read, 0)).order_by(_OWN.id).limit(1)
        since = read_at or connection.execute(first).scalar_one()
    trouble = SyncTrouble(row.number, ConnectorId(row.id), row.name, row.state, row.fault, row.detail, read_at)
    return trouble, since, max(LONG, INTERVALS * timedelta(minutes=int(row.plain["every_minutes"])))
