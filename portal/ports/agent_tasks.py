"""The list of orders a workstation works through, as the engine sees it: put one in, ask what became of it."""

from dataclasses import dataclass
from typing import Protocol

from portal.domain.agent_tasks import AgentOrderState
from portal.domain.ids import AgentTaskId
from portal.domain.troubles import Why
from portal.ports.agent_orders import OrderResult
from portal.ports.token import TokenOrder


@dataclass(frozen=True, slots=True)
class OrderStanding:
    """One order that was put in: what it waits for while it is outstanding, how it ended once it has."""

    ticket: str
    state: AgentOrderState
    why: Why
    result: OrderResult | None = None


class AgentTaskList(Protocol):
    """Each call is one short transaction of its own; nothing here waits for a workstation."""

    def task_for(self, serial: str) -> AgentTaskId | None:
        """The task through which the update under way of this device goes, None when it goes through this machine."""
        ...

    def put(self, task: AgentTaskId, order: TokenOrder) -> OrderStanding:
        """Have the order carried out; one that is outstanding already is not put in twice.

        Answers a refusal of the same order that nobody was told yet instead of giving it again. Raises ValueError for
        an order no workstation is ever given.
        """
        ...

    def find(self, task: AgentTaskId, ticket: str) -> OrderStanding | None:
        """What became of an order; a refusal counts as told from now on."""
        ...

    def settle(self, task: AgentTaskId, order: TokenOrder) -> OrderStanding | None:
        """The last time this very order was put in, None when it never was; one nobody has had yet is withdrawn."""
        ...
