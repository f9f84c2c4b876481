"""Workstations of the small organisation, as their services leave them in the tables."""

from datetime import timedelta
from itertools import count
from typing import Any, Final
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import insert

from portal.bootstrap import Portal
from portal.db.models import Agent, AgentToken
from portal.domain.agent_tasks import AgentState
from portal.domain.contents import PinTries, TokenContents, TokenSighting
from portal.domain.ids import AgentId
from portal.domain.plain_json import plain

_NUMBERS: Final = count(1)
MINUTES: Final = timedelta(minutes=1)


def an_agent(portal: Portal, name: str = "WS-1042", *, heard: timedelta | None = MINUTES, **values: Any) -> AgentId:
    """A workstation that was let in and was heard so long ago; None: never."""
    now, uid = portal.clock.now(), str(UUID(int=next(_NUMBERS)))
    told = {"name": name, "machine": uid, "system": "Astra Linux 1.8", "user_name": "m.belyaeva", "version": "1.0.0"}
    kept = {"uid": uid, "state": AgentState.ACCEPTED, "asked_at": now - timedelta(days=30), "address": "10.0.4.17"}
    kept |= {"last_contact": None if heard is None else now - heard}
    with portal.database.begin() as connection:
        made = insert(Agent).values({**told, **kept, **values}).returning(Agent.id)
        return AgentId(connection.execute(made).scalar_one())


def plugged(portal: Portal, agent: AgentId, serial: str, *, present: bool = True, trouble: str = "") -> None:
    """The workstation sees this token, or saw it last."""
    contents = None if trouble else TokenContents(serial, ())
    sighting = TokenSighting(serial, "", "Рутокен ЭЦП 2.0", "Актив", PinTries.PLENTY, contents, trouble=trouble)
    row = {"agent_id": agent, "serial": serial, "sighting": plain(sighting), "present": present}
    with portal.database.begin() as connection:
        connection.execute(insert(AgentToken).values({**row, "seen_at": portal.clock.now() - MINUTES}))


def a_request() -> str:
    """What a workstation asks to be certified with."""
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, SHA256())
    return request.public_bytes(Encoding.PEM).decode()
