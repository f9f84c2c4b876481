"""Which tokens workstations see, and at which workstations a token is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, and_, bindparam, select

from portal.db.base import AnyRow
from portal.db.models import Agent, AgentToken, Device, Person
from portal.domain.agent_tasks import LISTENING, AgentState
from portal.domain.contents import PinTries, TokenSighting
from portal.domain.ids import DeviceId, PersonId
from portal.domain.plain_json import reader

_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class SeenToken:
    """A token an agent sees, or saw last. ``device_id`` is None for one nobody registered."""

    serial: str
    model: str
    tries: PinTries
    certificates: int | None
    trouble: str
    seen_at: datetime
    present: bool
    device_id: DeviceId | None
    holder_id: PersonId | None
    holder: str


@dataclass(frozen=True, slots=True)
class SeenAt:
    """A workstation that sees a token now; ``person_id`` is whom it is bound to."""

    agent_id: int
    name: str
    user_name: str
    person_id: PersonId | None
    seen_at: datetime


_OF_AGENT: Final = (
    select(AgentToken.serial, AgentToken.sighting, AgentToken.seen_at, AgentToken.present, Device.id.label("device_id"))
    .add_columns(Device.holder_id, Person.name.label("holder"))
    .outerjoin(Device, Device.serial == AgentToken.serial)
    .outerjoin(Person, Person.id == Device.holder_id)
    .where(AgentToken.agent_id == bindparam("agent"))
    .order_by(AgentToken.present.desc(), AgentToken.seen_at.desc(), AgentToken.serial)
    .limit(_SHOWN)
)
_SEEN_AT: Final = (
    select(Agent.id, Agent.name, Agent.user_name, Agent.person_id, AgentToken.seen_at)
    .join(
        AgentToken,
        and_(
            AgentToken.agent_id == Agent.id,
            AgentToken.serial == bindparam("serial"),
            AgentToken.present.is_(True),
        ),
    )
    .where(Agent.state == AgentState.ACCEPTED, Agent.last_contact >= bindparam("since"))
    .order_by(Agent.name, Agent.id)
    .limit(_SHOWN)
)
_SIGHTING: Final = reader(TokenSighting, lenient=True)


def tokens_of(connection: Connection, agent: int) -> tuple[SeenToken, ...]:
    """What an agent sees, then what it saw last."""
    return tuple(map(_token, connection.execute(_OF_AGENT, {"agent": agent})))


def seen_at(connection: Connection, serial: str, now: datetime) -> tuple[SeenAt, ...]:
    """The workstations that see this token now, by name."""
    rows = connection.execute(_SEEN_AT, {"serial": serial, "since": now - LISTENING})
    return tuple(SeenAt(row.id, row.name, row.user_name, _person(row.person_id), row.seen_at) for row in rows)


def _token(row: AnyRow) -> SeenToken:
    sighting: TokenSighting = _SIGHTING(row.sighting)
    return SeenToken(
        serial=row.serial,
        model=sighting.model,
        tries=sighting.tries,
        certificates=None if sighting.contents is None else len(sighting.contents.certificates),
        trouble=sighting.trouble,
        seen_at=row.seen_at,
        present=row.present,
        device_id=None if row.device_id is None else DeviceId(row.device_id),
        holder_id=_person(row.holder_id),
        holder=row.holder or "",
    )


def _person(number: int | None) -> PersonId | None:
    return None if number is None else PersonId(number)
