"""What workstations see of tokens, as rows: kept, compared and read again."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from portal.db.models import Agent, AgentToken
from portal.domain.agent_tasks import LISTENING, AgentState
from portal.domain.contents import TokenSighting
from portal.domain.plain_json import plain, reader

#: PKCS#11 allows sixteen characters; some libraries tell more.
LONGEST_SERIAL: Final = 64

_SIGHTING: Final = reader(TokenSighting, lenient=True)


def seen_by_agents(connection: Connection, serial: str, now: datetime) -> TokenSighting | None:
    """The token with this serial number as a workstation that is there saw it last."""
    sees = (AgentToken.serial == serial, AgentToken.present.is_(True))
    query = select(AgentToken.sighting).join(Agent, Agent.id == AgentToken.agent_id).where(*sees)
    query = query.where(Agent.state == AgentState.ACCEPTED, Agent.last_contact >= now - LISTENING)
    stored = connection.execute(query.order_by(AgentToken.seen_at.desc()).limit(1)).scalar_one_or_none()
    return None if stored is None else sighting_of(stored)


def sighting_of(stored: object) -> TokenSighting:
    """A sighting as it was kept."""
    sighting: TokenSighting = _SIGHTING(stored)
    return sighting


def kept(sighting: TokenSighting, where: str) -> object:
    """A sighting as it is kept: it was seen at this workstation, whatever it calls itself."""
    return plain(replace(sighting, where=where))


def one_each(sightings: Iterable[TokenSighting]) -> dict[str, TokenSighting]:
    """By serial number; one that is told twice counts as it was told last, what is no serial number not at all."""
    return {sighting.serial: sighting for sighting in sightings if 0 < len(sighting.serial) <= LONGEST_SERIAL}
