"""What became of a list."""

from flask import Response

from portal.agents_api.blueprint import answer, bp
from portal.agents_api.identity import by_agent
from portal.agents_api.messages import received
from portal.agents_api.wording import told
from portal.ports.agent_orders import ListReport
from portal.services.agents import KnownAgent
from portal.web.current import portal


@bp.post("/lists/<name>/report")
@by_agent
def report(agent: KnownAgent, name: str) -> Response:
    """Taken once, however often it is said."""
    return answer(told(portal().agent_desk.report(agent, name, received(ListReport))))
