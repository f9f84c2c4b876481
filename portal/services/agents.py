"""Workstations that were let in: who asks, and what an administrator decides about them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, update

from portal.db.base import AnyRow
from portal.db.models import Agent, Person
from portal.db.transaction import Database
from portal.domain.agent_tasks import AGENT_TRANSITIONS, AgentState
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict, Forbidden, NotFound
from portal.domain.ids import AgentId, PersonId
from portal.ports.agent_trust import AgentAuthority, AgentBell, AgentCertificate
from portal.ports.clock import Clock
from portal.services.audit import record

#: After a renewal the former certificate is good for so long: the answer with the new one may have been lost.
FORMER_FOR: Final = timedelta(days=1)
#: A contact is written down here only when the bell's were not for so long, or when the workstation has moved:
#: ``AgentContacts`` writes all of them together.
_UNWRITTEN: Final = timedelta(seconds=100)

# asked with every request of every workstation, and so written once
_BY_NAME: Final = select(
    *(Agent.id, Agent.uid, Agent.name, Agent.state, Agent.person_id, Agent.last_contact),
    *(Agent.certificate_serial, Agent.previous_serial, Agent.previous_until, Agent.version, Agent.user_name),
    Agent.address,
).where(Agent.uid == bindparam("b_uid"))
_CONTACT: Final = (
    update(Agent)
    .where(Agent.id == bindparam("b_id"))
    .values(last_contact=bindparam("b_now"), address=bindparam("b_address"))
)


@dataclass(frozen=True, slots=True)
class KnownAgent:
    """A workstation that proved who it is, as of this request; ``serial`` and the times are its certificate's."""

    id: AgentId
    uid: str
    name: str
    person: PersonId | None
    serial: str
    not_before: datetime
    not_after: datetime
    last_contact: datetime | None
    version: str = ""
    user_name: str = ""
    address: str = ""

    def renewal_due(self, now: datetime) -> bool:
        """Whether two thirds of its certificate's life are over."""
        return now >= self.not_before + (self.not_after - self.not_before) * 2 / 3


class Agents:
    """Knows workstations by their certificates; accepts, turns away, shuts out and binds them."""

    def __init__(self, database: Database, clock: Clock, authority: AgentAuthority, bell: AgentBell) -> None:
        self._database = database
        self._clock = clock
        self._authority = authority
        self._bell = bell

    def identify(self, certificate: str) -> KnownAgent:
        """Whose certificate (PEM) this is; raises Forbidden unless he may ask for work at this very moment."""
        try:
            shown = self._authority.identify(certificate)
        except ValueError as error:
            raise Forbidden("agent_certificate_foreign") from error
        now = self._clock.now()
        if not shown.not_before <= now < shown.not_after:
            raise Forbidden("agent_certificate_expired")
        with self._database.read() as connection:
            row = connection.execute(_BY_NAME, {"b_uid": shown.uid}).one_or_none()
        return _known(row, shown, now)

    def note_contact(self, agent: KnownAgent, address: str) -> None:
        """It is there; written down when it was not for a while."""
        now, address = self._clock.now(), address[:64]
        known = agent.last_contact is not None and now - agent.last_contact < _UNWRITTEN
        if known and address == agent.address:
            return
        with self._database.begin() as connection:
            connection.execute(_CONTACT, {"b_id": agent.id, "b_now": now, "b_address": address})

    def note_said(self, agent: KnownAgent, *, version: str, user: str) -> None:
        """Its program was replaced, or somebody else sits there now."""
        said = {"version": version[:40], "user_name": user[:200]}
        if said != {"version": agent.version, "user_name": agent.user_name}:
            with self._database.begin() as connection:
                connection.execute(update(Agent).where(Agent.id == agent.id).values(said))

    def accept(self, number: AgentId, *, by: str, person: PersonId | None = None) -> None:
        """Let in a workstation that waits, or was turned away by mistake; ``person`` binds it."""
        waiting = self._waiting(number)
        made = self._authority.issue(waiting.request, waiting.uid)
        values: dict[str, Any] = {**issued(made), "enrolled_at": self._clock.now(), "request": ""}
        if person is not None:
            values["person_id"] = person
        self._decide(number, AgentState.ACCEPTED, AuditTag.AGENT_ACCEPTED, by=by, **values)

    def deny(self, number: AgentId, *, by: str, comment: str = "") -> None:
        """Turn away a workstation that waits."""
        self._decide(number, AgentState.DENIED, AuditTag.AGENT_DENIED, by=by, **_comment(comment))

    def revoke(self, number: AgentId, *, by: str, comment: str = "") -> None:
        """Shut a workstation out for good; its next request is refused already."""
        out = self._decide(number, AgentState.REVOKED, AuditTag.AGENT_REVOKED, by=by, **_comment(comment))
        self._bell.shut(out)

    def bind(self, number: AgentId, person: PersonId | None, *, by: str) -> None:
        """Say whose workstation it is; None: anybody's."""
        now = self._clock.now()
        with self._database.begin() as connection:
            row = _row(connection, number)
            if person is not None and connection.execute(select(Person.id).where(Person.id == person)).first() is None:
                raise NotFound("person", id=str(person))
            connection.execute(update(Agent).where(Agent.id == number).values(person_id=person))
            what = {"machine": row.name, "person": "" if person is None else person}
            record(connection, AuditTag.AGENT_BOUND, actor=by, subject=f"agent:{row.uid}", now=now, **what)

    def _waiting(self, number: AgentId) -> AnyRow:
        with self._database.read() as connection:
            query = select(Agent.uid, Agent.request, Agent.state).where(Agent.id == number)
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFound("agent", id=str(number))
        if AgentState.ACCEPTED not in AGENT_TRANSITIONS[row.state]:
            raise Conflict("agent_decided")
        return row

    def _decide(self, number: AgentId, state: AgentState, tag: AuditTag, *, by: str, **values: Any) -> str:
        now = self._clock.now()
        may = [before for before, after in AGENT_TRANSITIONS.items() if state in after]
        with self._database.begin() as connection:
            row = _row(connection, number)
            decided = update(Agent).where(Agent.id == number, Agent.state.in_(may))
            done = connection.execute(decided.values(state=state, decided_at=now, decided_by=by, **values))
            if not done.rowcount:
                raise Conflict("agent_decided")
            what = {"machine": row.name, **{name: values[name] for name in ("comment",) if name in values}}
            record(connection, tag, actor=by, subject=f"agent:{row.uid}", now=now, **what)
        return str(row.uid)


def issued(certificate: AgentCertificate) -> dict[str, Any]:
    """What a row keeps of a certificate."""
    return {
        "certificate": certificate.pem,
        "certificate_serial": certificate.serial,
        "certificate_not_after": certificate.not_after,
    }


def _known(row: AnyRow | None, shown: AgentCertificate, now: datetime) -> KnownAgent:
    if row is None:
        raise Forbidden("agent_unknown")
    if row.state is not AgentState.ACCEPTED:
        raise Forbidden("agent_revoked")
    former = row.previous_serial == shown.serial and row.previous_until is not None and now < row.previous_until
    if row.certificate_serial != shown.serial and not former:
        raise Forbidden("agent_certificate_replaced")
    person = None if row.person_id is None else PersonId(row.person_id)
    whose = AgentId(row.id), row.uid, row.name, person
    shown_now = shown.serial, shown.not_before, shown.not_after
    return KnownAgent(*whose, *shown_now, row.last_contact, row.version, row.user_name, row.address)


def _row(connection: Connection, number: AgentId) -> AnyRow:
    row = connection.execute(select(Agent.uid, Agent.name).where(Agent.id == number)).one_or_none()
    if row is None:
        raise NotFound("agent", id=str(number))
    return row


def _comment(text: str) -> dict[str, str]:
    return {"comment": text[:500]} if text else {}
