"""Who asks: a view names the workstation it serves by being declared ``@by_agent``."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response

from portal.domain.errors import Forbidden
from portal.services.agents import KnownAgent
from portal.web.access import by_certificate
from portal.web.current import portal
from portal.web.front import client_address, client_certificate


def by_agent(view: Callable[..., Response]) -> Callable[..., Response]:
    """Open the view to workstations that were let in, and hand it the one that asks as its first argument.

    Asked of the database at every request, so that one that was shut out is out at once.
    """

    @wraps(view)
    def ask(**arguments: Any) -> Response:
        return view(current_agent(), **arguments)

    return by_certificate(ask)


def current_agent() -> KnownAgent:
    """The workstation that sends this request; raises Forbidden."""
    certificate = client_certificate()
    if not certificate:
        raise Forbidden("agent_certificate_missing")
    agents = portal().agents
    agent = agents.identify(certificate)
    agents.note_contact(agent, client_address())
    return agent
