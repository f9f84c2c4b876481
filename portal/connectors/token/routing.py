"""Where a token is: in a workstation, when the update under way goes through an agent, else in this machine."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from portal.connectors.token.agent import AgentGateway
from portal.ports.agent_tasks import AgentTaskList
from portal.ports.token import PinSource, TokenDesk, TokenGateway


class RoutingDesk:
    """Hands out the gateway to wherever the update of this serial number goes."""

    def __init__(self, here: Callable[[], TokenDesk], tasks: AgentTaskList) -> None:
        self._here = here
        self._tasks = tasks

    def gateway(self, serial: str, pins: PinSource) -> AbstractContextManager[TokenGateway]:
        """The gateway; a workstation asks for the PIN itself."""
        task = self._tasks.task_for(serial)
        if task is not None:
            return nullcontext(AgentGateway(self._tasks, task))
        return self._here().gateway(serial, pins)
