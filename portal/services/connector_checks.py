"""Checks of connectors ordered from a page: a worker tries the connector, the page asks how it went."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, update

from portal.db.base import AnyRow
from portal.db.models import Connector, ConnectorTry
from portal.db.transaction import Database
from portal.db.upsert import upsert
from portal.domain.errors import NotFound
from portal.domain.ids import ConnectorId
from portal.ports.clock import Clock
from portal.ports.connectors import Trace, TraceLine, TraceStep
from portal.ports.queue import CheckQueue
from portal.services.connector_rows import stored_connector
from portal.services.connector_trial import ConnectorTrial

#: A check takes seconds; one that nobody took up for so long is not waited for any more.
PATIENCE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class CheckView:
    """The last check; ``trace`` is empty while it is under way, ``lost`` when no worker took it up."""

    number: int
    ordered_at: datetime
    finished_at: datetime | None
    trace: Trace
    lost: bool

    @property
    def open(self) -> bool:
        """Whether it is worth asking again."""
        return self.finished_at is None and not self.lost


@dataclass(frozen=True, slots=True)
class ConnectorChecks:
    """The newest order counts: what an older one finds out later is not written down."""

    database: Database
    clock: Clock
    trial: ConnectorTrial
    queue: CheckQueue

    def order(self, connector: ConnectorId, *, actor: str) -> None:
        """Have it tried, unless that is under way; raises NotFound."""
        with self.database.begin() as connection:
            if stored_connector(connection, Connector.id == connector, hold=True) is None:
                raise NotFound("connector", id=str(connector))
            query = select(ConnectorTry.__table__).where(ConnectorTry.connector_id == connector)
            row = connection.execute(query).one_or_none()
            if row is not None and self._view(row).open:
                return
            number = row.number + 1 if row is not None else 1
            values: dict[str, Any] = {"number": number, "ordered_by": actor, "ordered_at": self.clock.now()}
            key = {"connector_id": int(connector)}
            upsert(connection, ConnectorTry, key, {**values, "finished_at": None, "trace": []})
        self.queue.carry_check(connector, number)

    def last(self, connector: ConnectorId) -> CheckView | None:
        """How the last one went, or how far it is; None when there was none."""
        row = self._row(connector)
        return None if row is None else self._view(row)

    def carry(self, connector: ConnectorId) -> bool:
        """Try it, as a worker; whether that was wanted."""
        row = self._row(connector)
        if row is None or row.finished_at is not None:
            return False
        trace = self.trial.try_it(connector, actor=row.ordered_by)
        lines = [{"what": line.what.value, "ok": line.ok, "detail": line.detail} for line in trace]
        mine = (ConnectorTry.connector_id == connector, ConnectorTry.number == row.number)
        with self.database.begin() as connection:
            done = update(ConnectorTry).where(*mine).values(finished_at=self.clock.now(), trace=lines)
            return connection.execute(done).rowcount == 1

    def _row(self, connector: ConnectorId) -> AnyRow | None:
        with self.database.read() as connection:
            query = select(ConnectorTry.__table__).where(ConnectorTry.connector_id == connector)
            return connection.execute(query).one_or_none()

    def _view(self, row: AnyRow) -> CheckView:
        lost = row.finished_at is None and self.clock.now() - row.ordered_at > PATIENCE
        trace = tuple(TraceLine(TraceStep(one["what"]), bool(one["ok"]), str(one["detail"])) for one in row.trace)
        return CheckView(row.number, row.ordered_at, row.finished_at, trace, lost)
