"""What a workstation asks again and again, and what its person says to an offer."""

from flask import Response

from portal.agents_api.blueprint import answer, bp
from portal.agents_api.identity import by_agent
from portal.agents_api.messages import received
from portal.agents_api.wording import told
from portal.ports.agent_protocol import OfferAnswer, PollRequest
from portal.services.agents import KnownAgent
from portal.web.current import portal


@bp.post("/poll")
@by_agent
def poll(agent: KnownAgent) -> Response:
    """Here I am: what is there to do."""
    request = received(PollRequest)
    portal().agents.note_said(agent, version=request.version, user=request.user)
    return answer(told(portal().agent_desk.poll(agent, request), request.language))


@bp.post("/tasks/<task>/answer")
@by_agent
def answer_offer(agent: KnownAgent, task: str) -> Response:
    """The person takes it, puts it off or declines."""
    return answer(told(portal().agent_desk.answer(agent, task, received(OfferAnswer))))
