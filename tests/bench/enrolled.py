"""Workstations that were let in, each with a certificate of its own and one token of the fleet in its slot."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from sqlalchemy import insert, select

from portal.bootstrap import Portal
from portal.db.models import Agent, AgentToken, Device, DeviceContents
from portal.domain import codec
from portal.domain.agent_tasks import AgentState
from portal.domain.contents import PinTries, TokenContents, TokenSighting
from portal.domain.ids import DeviceId
from portal.ports.agent_protocol import dump, tokens_hash
from portal.services.agent_sightings import kept
from portal.services.agents import issued
from tests.support.workstations import a_request

_BATCH: Final = 1_000


@dataclass(frozen=True, slots=True)
class Enrolled:
    """One of them: what it is called, what it shows and sees."""

    uid: str
    certificate: str
    device: DeviceId
    sighting: TokenSighting

    def said(self) -> dict[str, str]:
        """What the program needs to be it."""
        tokens = dump((self.sighting,)).decode()
        return {
            "uid": self.uid,
            "certificate": self.certificate,
            "hash": tokens_hash((self.sighting,)),
            "tokens": tokens,
        }


def enrol(portal: Portal, number: int) -> list[Enrolled]:
    """Let in as many as there are devices, at most so many; all of them share one key, which nobody here uses."""
    request, made = a_request(), list[Enrolled]()
    query = select(Device.id, Device.serial, Device.label, Device.model, DeviceContents.contents)
    query = query.outerjoin_from(Device, DeviceContents, DeviceContents.device_id == Device.id).order_by(Device.id)
    with portal.database.read() as connection:
        devices = connection.execute(query.limit(number)).all()
    for start in range(0, len(devices), _BATCH):
        rows = [_rows(portal, request, device) for device in devices[start : start + _BATCH]]
        with portal.database.begin() as connection:
            connection.execute(insert(Agent), [agent for _, agent, _ in rows])
            connection.execute(insert(AgentToken), [token for _, _, token in rows])
        made += [one for one, _, _ in rows]
    return made


def _rows(portal: Portal, request: str, device: Any) -> tuple[Enrolled, dict[str, object], dict[str, object]]:
    """One workstation, its row and the row of its token."""
    now = datetime.now(UTC)
    uid, name = str(UUID(int=device.id)), f"ws-{device.id:05}"
    certificate = portal.agent_authority.issue(request, uid)
    contents = None if device.contents is None else codec.from_json(TokenContents, device.contents)
    told = (device.serial, device.label or "", device.model, "bench", PinTries.PLENTY, contents)
    sighting = TokenSighting(*told, where=name, read_at=now)
    known = {"id": device.id, "uid": uid, "name": name, "machine": name, "user_name": "bench", "version": "1.0"}
    entered = {"state": AgentState.ACCEPTED, "asked_at": now, "enrolled_at": now, **issued(certificate)}
    seen = {"sighting": kept(sighting, name), "seen_at": now, "present": True, "device_id": device.id}
    token = {"agent_id": device.id, "serial": device.serial, **seen}
    said = Enrolled(uid, quote(certificate.pem), DeviceId(device.id), replace(sighting, where=""))
    return said, {**known, **entered}, token


def in_need(portal: Portal, enrolled: list[Enrolled]) -> Iterator[Enrolled]:
    """Those whose device there is something to be done about."""
    with portal.database.read() as connection:
        due = frozenset(connection.execute(select(Device.id).where(Device.need > 0)).scalars())
    yield from (one for one in enrolled if one.device in due)
