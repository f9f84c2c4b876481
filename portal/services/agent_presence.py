"""Which tokens a workstation sees: kept, stored with their devices, and what is wrong with them told."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, select, update

from portal.db.models import IS_ACTIVE_TASK, AgentTask, AgentToken, Device
from portal.db.transaction import Database
from portal.db.upsert import upsert
from portal.domain.agent_tasks import AgentTaskState
from portal.domain.audit import AuditTag
from portal.domain.contents import TokenSighting
from portal.domain.ids import UpdateId
from portal.ports.clock import Clock
from portal.services.agent_foreign import permitted
from portal.services.agent_sightings import kept, one_each
from portal.services.agent_work import Notice, NoticeKind
from portal.services.agents import KnownAgent
from portal.services.audit import record
from portal.services.bell import Bell
from portal.services.devices import Devices

#: The audit log is told of the same strange token at the same workstation at most so often.
NOTICE_EVERY: Final = timedelta(days=1)
#: More tokens than anybody plugs in.
MOST_TOKENS: Final = 50

_TAGS: Final = {
    NoticeKind.UNKNOWN: AuditTag.AGENT_DEVICE_UNKNOWN,
    NoticeKind.OTHER_PERSON: AuditTag.AGENT_DEVICE_WRONG,
}


@dataclass(frozen=True, slots=True)
class AgentPresence:
    """Takes what workstations tell of their tokens."""

    database: Database
    clock: Clock
    devices: Devices
    bell: Bell

    def note(self, agent: KnownAgent, tokens: Iterable[TokenSighting]) -> None:
        """Keep what is seen now; what was seen before and is not named any more is gone."""
        seen = dict(list(one_each(tokens).items())[:MOST_TOKENS])
        now = self.clock.now()
        with self.database.begin() as connection:
            before = {row.serial: row for row in connection.execute(_of(agent))}
            for sighting in seen.values():
                _keep(connection, agent, sighting, now)
            gone = [s for s, row in before.items() if row.present and s not in seen]
            _forget(connection, agent, gone, now)
            come = [s for s in seen if s not in before or not before[s].present]
            news = [self.bell.note(connection, number) for number in _awaiting(connection, come + gone)]
        for one in news:
            self.bell.tell(one)
        with self.database.read() as connection:
            told = [permitted(connection, sighting) for sighting in seen.values()]
        for sighting in told:
            self.devices.sighted(replace(sighting, where=agent.name))

    def tell(self, agent: KnownAgent, notices: Iterable[Notice]) -> None:
        """Write strange tokens into the audit log, each once a day."""
        now = self.clock.now()
        for notice in notices:
            with self.database.begin() as connection:
                if _first_today(connection, agent, notice, now):
                    who = {"machine": agent.name, "serial": notice.serial}
                    tag = _TAGS[notice.kind]
                    record(connection, tag, actor=f"agent:{agent.uid}", subject=f"agent:{agent.uid}", now=now, **who)


def _of(agent: KnownAgent) -> Any:
    return select(AgentToken.serial, AgentToken.present).where(AgentToken.agent_id == agent.id)


def _keep(connection: Connection, agent: KnownAgent, sighting: TokenSighting, now: datetime) -> None:
    query = select(Device.id).where(Device.serial == sighting.serial)
    device = connection.execute(query).scalar_one_or_none()
    values = {"sighting": kept(sighting, agent.name), "seen_at": now, "present": True, "device_id": device}
    upsert(connection, AgentToken, {"agent_id": agent.id, "serial": sighting.serial}, values)


def _forget(connection: Connection, agent: KnownAgent, gone: list[str], now: datetime) -> None:
    """They were pulled out here: what was offered for them is offered nowhere until they are seen again."""
    if not gone:
        return
    mine = (AgentToken.agent_id == agent.id, AgentToken.serial.in_(gone))
    connection.execute(update(AgentToken).where(*mine).values(present=False, seen_at=now))
    elsewhere = select(AgentToken.serial).where(AgentToken.serial.in_(gone), AgentToken.present.is_(True))
    offered = update(AgentTask).where(AgentTask.serial.in_(gone), AgentTask.state == AgentTaskState.OFFERED)
    connection.execute(offered.where(AgentTask.serial.not_in(elsewhere)).values(state=AgentTaskState.WAITS_FOR_DEVICE))


def _awaiting(connection: Connection, serials: list[str]) -> list[UpdateId]:
    """The updates whose pages say where these tokens are."""
    if not serials:
        return []
    query = select(AgentTask.update_id).where(IS_ACTIVE_TASK, AgentTask.serial.in_(serials))
    return [UpdateId(number) for number in connection.execute(query.order_by(AgentTask.update_id)).scalars()]


def _first_today(connection: Connection, agent: KnownAgent, notice: Notice, now: datetime) -> bool:
    mine = update(AgentToken).where(AgentToken.agent_id == agent.id, AgentToken.serial == notice.serial)
    long_ago = mine.where((AgentToken.noticed_at.is_(None)) | (AgentToken.noticed_at <= now - NOTICE_EVERY))
    return bool(connection.execute(long_ago.values(noticed_at=now)).rowcount)
