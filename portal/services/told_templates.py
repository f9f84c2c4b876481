"""What connected authorities issue: workers ask them and write it down, pages read what is written."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, and_, or_, select, update

from portal.db.base import AnyRow
from portal.db.models import Connector, ConnectorTemplates
from portal.db.queries.told_templates import kept_templates
from portal.db.transaction import Database
from portal.db.upsert import upsert
from portal.domain.connector_health import ConnectorState
from portal.domain.connector_kinds import AUTHORITIES, KINDS
from portal.domain.connector_profiles import PROFILES
from portal.domain.errors import OutsideUnavailable
from portal.domain.ids import ConnectorId
from portal.ports.certificate_authority import Authorities
from portal.ports.clock import Clock
from portal.ports.queue import TemplateQueue
from portal.services.watched_authority import TemplateAsker

#: So long somebody who edits a policy believes what was told; older than this it is asked for anew.
FRESH: Final = timedelta(minutes=1)
#: So long it is believed while nobody looks.
BELIEVED: Final = timedelta(minutes=30)
#: The kinds that tell it themselves; for the others people typed it.
TELLING: Final = frozenset(kind for kind in AUTHORITIES if all(field.name != PROFILES for field in KINDS[kind].fields))


@dataclass(frozen=True, slots=True)
class ToldTemplates:
    """Orders are dropped rather than doubled: one for each authority in ``FRESH`` at most."""

    database: Database
    clock: Clock
    authorities: Authorities
    queue: TemplateQueue

    def order(self) -> int:
        """Have those asked whose word is not fresh, for a person who looks; answers how many."""
        return self._order(FRESH)

    def order_due(self) -> int:
        """Have those asked whose word is old, or who have told nothing since they were changed."""
        return self._order(BELIEVED)

    def ask(self, number: ConnectorId) -> bool:
        """Ask one of them, as a worker; whether it told. How it answered is noted with its health."""
        with self.database.read() as connection:
            query = select(Connector.name).where(Connector.id == number, Connector.kind.in_(TELLING))
            name = connection.execute(query).scalar_one_or_none()
        try:
            authority: object = self.authorities.get(name) if name is not None else None
            if not isinstance(authority, TemplateAsker):
                return False
            told = kept_templates(authority.ask_templates())
        except OutsideUnavailable:
            return False
        return self._keep(number, told)

    def _keep(self, number: ConnectorId, told: list[dict[str, object]]) -> bool:
        now = self.clock.now()
        with self.database.begin() as connection:
            there = select(Connector.id).where(Connector.id == number).with_for_update()
            if connection.execute(there).first() is None:  # removed meanwhile
                return False
            values = {"asked_at": now, "told_at": now, "templates": told}
            upsert(connection, ConnectorTemplates, {"connector_id": int(number)}, values)
        return True

    def _order(self, age: timedelta) -> int:
        now = self.clock.now()
        with self.database.read() as connection:
            rows = connection.execute(_due(now, age)).all()
        for row in rows:
            if self._claimed(row, now):
                self.queue.ask_templates(ConnectorId(row.id), int(now.timestamp()))
        return len(rows)

    def _claimed(self, row: AnyRow, now: datetime) -> bool:
        """Whether it is this process that has it asked."""
        with self.database.begin() as connection:
            held = select(Connector.id).where(Connector.id == row.id).with_for_update()
            if connection.execute(held).first() is None:
                return False
            own = ConnectorTemplates.connector_id == row.id
            known = connection.execute(select(ConnectorTemplates.asked_at).where(own)).scalar_one_or_none()
            if known != row.asked_at:
                return False
            if row.asked_at is not None:
                connection.execute(update(ConnectorTemplates).where(own).values(asked_at=now))
            else:
                values: dict[str, Any] = {"asked_at": now, "told_at": None, "templates": []}
                upsert(connection, ConnectorTemplates, {"connector_id": row.id}, values)
        return True


def _due(now: datetime, age: timedelta) -> Select[int, datetime]:
    told, asked = ConnectorTemplates.told_at, ConnectorTemplates.asked_at
    old = or_(told.is_(None), told <= now - age, told < Connector.changed_at)
    idle = or_(asked.is_(None), asked <= now - FRESH, asked < Connector.changed_at)
    rested = or_(Connector.next_try_at.is_(None), Connector.next_try_at <= now)
    called = and_(Connector.kind.in_(TELLING), Connector.state == ConnectorState.ACTIVE)
    row = select(Connector.id, asked).outerjoin(ConnectorTemplates, ConnectorTemplates.connector_id == Connector.id)
    return row.where(called, rested, old, idle).order_by(Connector.id)
