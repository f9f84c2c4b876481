"""How a workstation gets in, and how it gets its next certificate."""

from flask import Response, request

from portal.agents_api.blueprint import answer, bp
from portal.agents_api.identity import by_agent
from portal.agents_api.messages import received
from portal.ports.agent_protocol import EnrolmentRequest, RenewalRequest, TicketRequest
from portal.services.agents import KnownAgent
from portal.web.access import public
from portal.web.current import portal
from portal.web.front import client_address

#: A request and what a workstation says of itself are far smaller.
LARGEST_ENROLMENT = 16 * 1024


@bp.get("/trust")
@public
def trust() -> Response:
    """Whom a workstation may trust: it compares this with its code before it believes it."""
    return answer(portal().agent_authority.trust())


@bp.post("/enrolments")
@public
def enrol() -> Response:
    """Let me in: with a one-time code, or when an administrator says so."""
    request.max_content_length = LARGEST_ENROLMENT
    return answer(portal().agent_enrolment.enrol(received(EnrolmentRequest), client_address()))


@bp.post("/enrolments/ticket")
@public
def ask_ticket() -> Response:
    """What became of my enrolment."""
    request.max_content_length = LARGEST_ENROLMENT
    return answer(portal().agent_enrolment.ask(received(TicketRequest).ticket))


@bp.post("/renewals")
@by_agent
def renew(agent: KnownAgent) -> Response:
    """A new certificate for a new key."""
    request.max_content_length = LARGEST_ENROLMENT
    return answer(portal().agent_enrolment.renew(agent, received(RenewalRequest).request))
