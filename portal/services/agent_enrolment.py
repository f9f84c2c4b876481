"""How a workstation gets in, and gets its next certificate: with a one-time code, or when an administrator lets it."""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from portal.db.base import AnyRow
from portal.db.models import Agent
from portal.db.transaction import Database
from portal.domain.agent_tasks import AgentState
from portal.domain.audit import AuditTag
from portal.domain.errors import Forbidden, InvalidInput, OutsideUnavailable
from portal.domain.ids import AgentId
from portal.ports.agent_protocol import EnrolmentAnswer, EnrolmentRequest, Workstation
from portal.ports.agent_trust import AgentAuthority
from portal.ports.clock import Clock
from portal.services import agent_codes, throttle
from portal.services.agents import FORMER_FOR, KnownAgent, issued
from portal.services.audit import AuditLog, record

#: Nobody looks through more than that; further workstations are told to come later.
MOST_WAITING: Final = 500
#: Who has waited so long is forgotten, and who was turned away so long ago.
WAITS_FOR: Final = timedelta(days=14)
#: A wrong code is typed a few times at most; 100 bits are not guessed, but the log would fill.
PER_ADDRESS: Final = throttle.Limit(free=60, longest=timedelta(minutes=15))

_ROW: Final = (Agent.id, Agent.uid, Agent.state, Agent.certificate, Agent.request)


class AgentEnrolment:
    """Takes requests of workstations nobody knows yet, and renewals of those that are known."""

    def __init__(self, database: Database, clock: Clock, authority: AgentAuthority) -> None:
        self._database = database
        self._clock = clock
        self._authority = authority
        self._audit = AuditLog(database, clock)

    def enrol(self, request: EnrolmentRequest, address: str) -> EnrolmentAnswer:
        """Let it in by its code, or have it wait; the same request again has the same answer."""
        self._throttle(address)
        wanted = _checked(request)
        if not wanted.code:
            return self._wait(wanted, address)
        try:
            answer = self._let_in(wanted, address)
        except Forbidden as refused:
            what = {"reason": refused.code, "machine": wanted.workstation.name, "address": address}
            self._audit.record(AuditTag.AGENT_CODE_REFUSED, actor="", subject="agent_code:0", **what)
            raise
        self._forgive(address)
        return answer

    def ask(self, ticket: str) -> EnrolmentAnswer:
        """What became of the one that waits; raises Forbidden for a ticket nobody has."""
        with self._database.read() as connection:
            row = _find(connection, Agent.ticket_hash == _digest(ticket))
        if row is None:
            raise Forbidden("agent_ticket_unknown")
        return self._answer(row, ticket)

    def renew(self, agent: KnownAgent, request: str) -> EnrolmentAnswer:
        """Its next certificate; the one it came with is good for another day, in case the answer is lost."""
        made = self._issue(request, agent.uid)
        now = self._clock.now()
        former = {"previous_serial": agent.serial, "previous_until": now + FORMER_FOR, "ticket_hash": None}
        with self._database.begin() as connection:
            renewed = update(Agent).where(Agent.id == agent.id, Agent.state == AgentState.ACCEPTED)
            if not connection.execute(renewed.values(**issued(made), **former)).rowcount:
                raise Forbidden("agent_revoked")
            what = {"machine": agent.name, "until": made.not_after.isoformat()}
            record(connection, AuditTag.AGENT_RENEWED, actor="", subject=f"agent:{agent.uid}", now=now, **what)
        state, trust = AgentState.ACCEPTED, self._authority.trust()
        return EnrolmentAnswer(state, agent=agent.uid, certificate=made.pem, trust=trust)

    def _let_in(self, wanted: EnrolmentRequest, address: str) -> EnrolmentAnswer:
        code = agent_codes.typed(wanted.code, self._authority.fingerprint())
        uid, now = str(uuid4()), self._clock.now()
        made = self._issue(wanted.request, uid)
        with self._database.begin() as connection:
            found = agent_codes.find(connection, code, now)
            if found.agent is not None:
                return self._once_more(connection, found.agent, wanted)
            values = {**_said(wanted.workstation), **issued(made), "uid": uid, "address": address[:64]}
            values |= {"state": AgentState.ACCEPTED, "asked_at": now, "enrolled_at": now, "request": wanted.request}
            values |= {"decided_at": now, "decided_by": found.made_by}
            values |= {"person_id": found.person, "comment": found.comment, "last_contact": now}
            number = connection.execute(insert(Agent).values(values).returning(Agent.id)).scalar_one()
            agent_codes.use(connection, found, AgentId(number), now)
            what = {"machine": wanted.workstation.name, "by": found.made_by, "address": address}
            record(connection, AuditTag.AGENT_ENROLLED, actor="", subject=f"agent:{uid}", now=now, **what)
        return EnrolmentAnswer(AgentState.ACCEPTED, agent=uid, certificate=made.pem, trust=self._authority.trust())

    def _once_more(self, connection: Connection, agent: AgentId, wanted: EnrolmentRequest) -> EnrolmentAnswer:
        """A code is good once; only whoever used it, with the same key, hears the same answer again."""
        row = _find(connection, Agent.id == agent)
        if row is None or row.state is not AgentState.ACCEPTED or row.request != wanted.request:
            raise Forbidden("agent_code_used")
        return self._answer(row, "")

    def _wait(self, wanted: EnrolmentRequest, address: str) -> EnrolmentAnswer:
        self._issue(wanted.request, "checked")  # what could not be certified later need not wait
        ticket, now = secrets.token_urlsafe(32), self._clock.now()
        with self._database.begin() as connection:
            _forget_old(connection, now)
            same = _find(connection, (Agent.state == AgentState.WAITING) & (Agent.request == wanted.request))
            if same is not None:
                told = update(Agent).where(Agent.id == same.id).values(ticket_hash=_digest(ticket))
                connection.execute(told)
                return self._answer(same, ticket)
            _demand_room(connection)
            values = {**_said(wanted.workstation), "uid": str(uuid4()), "state": AgentState.WAITING, "asked_at": now}
            values |= {"request": wanted.request, "ticket_hash": _digest(ticket), "address": address[:64]}
            connection.execute(insert(Agent).values(values))
            what = {"machine": wanted.workstation.name, "address": address}
            record(connection, AuditTag.AGENT_ASKED, actor="", subject=f"agent:{values['uid']}", now=now, **what)
        return EnrolmentAnswer(AgentState.WAITING, ticket=ticket)

    def _answer(self, row: AnyRow, ticket: str) -> EnrolmentAnswer:
        if row.state is AgentState.ACCEPTED:
            trust = self._authority.trust()
            return EnrolmentAnswer(row.state, agent=row.uid, certificate=row.certificate, trust=trust)
        return EnrolmentAnswer(row.state, ticket=ticket)

    def _issue(self, request: str, uid: str) -> Any:
        try:
            return self._authority.issue(request, uid)
        except ValueError as error:
            raise InvalidInput({"request": "invalid"}) from error

    def _throttle(self, address: str) -> None:
        now = self._clock.now()
        with self._database.begin() as connection:
            retry_at = throttle.take(connection, {f"enrol:{address}": PER_ADDRESS}, now)
        if retry_at is not None:
            raise OutsideUnavailable("agent_enrolments_crowded", retry_at=retry_at)

    def _forgive(self, address: str) -> None:
        with self._database.begin() as connection:
            throttle.forget(connection, f"enrol:{address}")


def _checked(request: EnrolmentRequest) -> EnrolmentRequest:
    """What it says of itself, as long as a row takes it; it must have a name."""
    said = request.workstation
    if not said.name.strip() or not said.machine.strip():
        raise InvalidInput({"name": "required"})
    short = replace(
        said,
        name=said.name.strip()[:200],
        machine=said.machine[:100],
        system=said.system[:200],
        user=said.user[:200],
        version=said.version[:40],
    )
    return replace(request, workstation=short)


def _said(workstation: Workstation) -> dict[str, str]:
    told = {"name": workstation.name, "machine": workstation.machine, "system": workstation.system}
    return {**told, "user_name": workstation.user, "version": workstation.version}


def _find(connection: Connection, which: ColumnElement[bool]) -> AnyRow | None:
    return connection.execute(select(*_ROW).where(which)).first()


def _demand_room(connection: Connection) -> None:
    waiting = select(func.count()).select_from(Agent).where(Agent.state == AgentState.WAITING)
    if connection.execute(waiting).scalar_one() >= MOST_WAITING:
        raise OutsideUnavailable("agent_enrolments_crowded")


def _forget_old(connection: Connection, now: datetime) -> None:
    over = Agent.state.in_([AgentState.WAITING, AgentState.DENIED]) & (Agent.asked_at < now - WAITS_FOR)
    connection.execute(delete(Agent).where(over))


def _digest(ticket: str) -> str:
    return sha256(ticket.encode()).hexdigest()
