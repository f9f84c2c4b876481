"""Getting in: once, by a one-time code or by an administrator's decision."""

import getpass
import platform
import socket
from dataclasses import dataclass, replace

from agent import VERSION
from agent.client import Address, PortalLine, trusting, trusting_nobody
from agent.identity import fits, keeps, make_key, make_request, promised
from agent.state import Enrolment, Pending, State
from portal.domain.agent_codes import read_code
from portal.domain.agent_tasks import AgentState
from portal.ports.agent_protocol import (
    EnrolmentAnswer,
    EnrolmentRequest,
    RenewalRequest,
    TicketRequest,
    Trust,
    Workstation,
)


class NotOursError(Exception):
    """The server is not the portal that was promised."""


class NoPromiseError(Exception):
    """Nothing was given by which the portal could be known."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How to get in: where, by what code or fingerprint, and whose TLS certificates count."""

    address: Address
    code: str = ""
    fingerprint: str = ""
    ca_file: str = ""


def workstation(state: State) -> Workstation:
    """What we say of ourselves."""
    system = f"{platform.system()} {platform.release()}"
    return Workstation(socket.gethostname(), state.machine(), system, getpass.getuser(), VERSION)


def enrol(state: State, asked: Asked) -> AgentState:
    """Ask to be let in; raises ValueError for what is no code, NotOursError, NoPromiseError and the line's errors."""
    code = read_code(asked.code) if asked.code else None
    promise = promised(asked.fingerprint) if asked.fingerprint else code.fingerprint if code else ""
    if not promise:
        raise NoPromiseError
    trust = _known(asked, promise)
    myself = workstation(state)
    pending = state.pending() or _made(myself.name)
    state.keep_pending(pending)
    request = EnrolmentRequest(pending.request, myself, code.text if code else "")
    enrolment = Enrolment(asked.address.url, trust, asked.ca_file)
    line = PortalLine(asked.address, trusting(trust.authority, asked.ca_file))
    try:
        return _take(state, enrolment, pending.key, line.enrol(request))
    finally:
        line.close()


def ask_again(state: State, enrolment: Enrolment, proxy: str = "") -> AgentState:
    """What became of an enrolment that waits; raises the line's errors."""
    pending = state.pending()
    if pending is None:
        return AgentState.DENIED
    line = PortalLine(Address(enrolment.url, proxy), trusting(enrolment.trust.authority, enrolment.ca_file))
    try:
        return _take(state, enrolment, pending.key, line.ticket(TicketRequest(enrolment.ticket)))
    finally:
        line.close()


def renew(state: State, enrolment: Enrolment, line: PortalLine) -> None:
    """A new key and its certificate in place of ours; raises the line's errors, and NotOursError."""
    made = _made(enrolment.agent)
    _take(state, enrolment, made.key, line.renew(RenewalRequest(made.request)))


def _made(name: str) -> Pending:
    key = make_key()
    return Pending(key, make_request(key, name))


def _known(asked: Asked, promise: str) -> Trust:
    """Whom the server says to trust, if that is whom we were told to."""
    context = trusting("", asked.ca_file) if asked.ca_file else trusting_nobody()
    line = PortalLine(asked.address, context)
    try:
        trust = line.trust()
        if not keeps(trust.authority, promise):
            raise NotOursError
    except ValueError:
        raise NotOursError from None
    finally:
        line.close()
    return trust


def _take(state: State, enrolment: Enrolment, key: bytes, answer: EnrolmentAnswer) -> AgentState:
    if answer.state is AgentState.WAITING:
        state.keep_enrolment(replace(enrolment, ticket=answer.ticket or enrolment.ticket))
    if answer.state is AgentState.ACCEPTED:
        if not fits(key, answer.certificate):
            raise NotOursError
        trust = answer.trust or enrolment.trust
        state.keep_identity(key, answer.certificate)
        state.keep_enrolment(replace(enrolment, trust=trust, agent=answer.agent or enrolment.agent, ticket=""))
    return answer.state
