"""A token in somebody's workstation, as the engine knows it: orders are put into a list and looked up by ticket.

Nothing here asks a far token: what is in doubt is looked at by the workstation, where the token is.
"""

from portal.domain.agent_tasks import OUTSTANDING, AgentOrderState
from portal.domain.ids import AgentTaskId
from portal.domain.outcomes import Absent, Accepted, Done, Effect, Happened, Outcome, Refused, Waiting, WaitingFor
from portal.domain.troubles import Trouble, why
from portal.ports.agent_tasks import AgentTaskList, OrderStanding
from portal.ports.token import ProveCertificate, ReadContents, SignRequest, TokenOrder, TokenReply

#: They leave nothing behind, or the same: after a crash they are simply given again.
REPEATED = ReadContents | SignRequest | ProveCertificate


class AgentGateway:
    """Carries out orders through the workstation that has the task; the PIN is asked for there, never here."""

    def __init__(self, tasks: AgentTaskList, task: AgentTaskId) -> None:
        self._tasks = tasks
        self._task = task

    def carry_out(self, order: TokenOrder) -> Outcome[TokenReply]:
        """Put the order into the task's list."""
        try:
            standing = self._tasks.put(self._task, order)
        except ValueError:
            return Refused(why(Trouble.AGENT_UNABLE, type(order).__name__), permanent=True)
        return _outcome(standing)

    def look_up(self, ticket: str) -> Outcome[TokenReply]:
        """What the workstation reported, or that it did not yet."""
        standing = self._tasks.find(self._task, ticket)
        if standing is None or standing.state is AgentOrderState.WITHDRAWN:
            return Refused(why(Trouble.UNKNOWN_STEP, "ticket", ticket=ticket), permanent=True)
        return _outcome(standing)

    def effect_of(self, order: TokenOrder) -> Effect[TokenReply]:
        """What the list says of the order; one that was refused or withdrawn may be given again."""
        if isinstance(order, REPEATED):
            return Absent()
        standing = self._tasks.settle(self._task, order)
        if standing is None:
            return Absent()
        outcome = _outcome(standing)
        match outcome:
            case Done(reply=reply):
                return Happened(reply)
            case Waiting() as waiting:
                return Accepted(waiting)
            case _:
                return Absent()


def _outcome(standing: OrderStanding) -> Outcome[TokenReply]:
    if standing.state in OUTSTANDING:
        return Waiting(WaitingFor.AGENT, standing.why, ticket=standing.ticket)
    result = standing.result
    if standing.state is AgentOrderState.DONE and result is not None and result.reply is not None:
        return Done(result.reply)
    return Refused(standing.why, permanent=True)
