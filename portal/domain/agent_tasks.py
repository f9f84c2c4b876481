"""Work for one device that a workstation carries out: the states of an agent and of its tasks."""

from datetime import timedelta
from enum import StrEnum, unique
from typing import Final

#: A workstation that was silent for longer sees nothing any more.
LISTENING: Final = timedelta(minutes=3)


@unique
class AgentState(StrEnum):
    """Whether a workstation may ask for work."""

    WAITING = "waiting"  # asked to be let in; an administrator decides
    ACCEPTED = "accepted"
    DENIED = "denied"
    REVOKED = "revoked"


AGENT_TRANSITIONS: Final = {
    AgentState.WAITING: frozenset({AgentState.ACCEPTED, AgentState.DENIED}),
    AgentState.ACCEPTED: frozenset({AgentState.REVOKED}),
    AgentState.DENIED: frozenset({AgentState.ACCEPTED}),
    AgentState.REVOKED: frozenset(),
}


@unique
class AgentTaskState(StrEnum):
    """Where a task is, as people see it."""

    WAITS_FOR_DEVICE = "waits_for_device"
    WAITS_FOR_IDENTITY = "waits_for_identity"
    OFFERED = "offered"  # the person at the workstation has been asked
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def active(self) -> bool:
        """Whether there is still something to do."""
        return self in ACTIVE_TASKS


ACTIVE_TASKS: Final = frozenset(
    {
        AgentTaskState.WAITS_FOR_DEVICE,
        AgentTaskState.WAITS_FOR_IDENTITY,
        AgentTaskState.OFFERED,
        AgentTaskState.RUNNING,
    }
)


@unique
class TaskAnswer(StrEnum):
    """What the person at the workstation says to an offer."""

    ACCEPTED = "accepted"
    POSTPONED = "postponed"
    DECLINED = "declined"


@unique
class AgentOrderState(StrEnum):
    """Where one order of a task is."""

    OPEN = "open"  # nobody has it
    HANDED = "handed"  # a workstation has it and has not reported
    DONE = "done"
    REFUSED = "refused"  # for good
    WITHDRAWN = "withdrawn"  # the run went another way, or ended


OUTSTANDING: Final = frozenset({AgentOrderState.OPEN, AgentOrderState.HANDED})
