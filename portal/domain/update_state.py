"""States of an update and of its steps, and the tables of what may follow what."""

from enum import StrEnum, unique
from typing import Final


@unique
class UpdateStatus(StrEnum):
    """Where one run of one plan on one device is."""

    ORDERED = "ordered"
    RUNNING = "running"
    WAITING = "waiting"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    STUCK = "stuck"

    @property
    def active(self) -> bool:
        """Whether it still holds its device."""
        return self in ACTIVE


ACTIVE: Final = frozenset({UpdateStatus.ORDERED, UpdateStatus.RUNNING, UpdateStatus.WAITING, UpdateStatus.STUCK})

UPDATE_TRANSITIONS: Final = {
    UpdateStatus.ORDERED: frozenset({UpdateStatus.RUNNING, UpdateStatus.CANCELLED}),
    UpdateStatus.RUNNING: frozenset(
        {
            UpdateStatus.RUNNING,  # the lease ran out and somebody else claimed it
            UpdateStatus.WAITING,
            UpdateStatus.COMPLETED,
            UpdateStatus.FAILED,
            UpdateStatus.CANCELLED,
            UpdateStatus.STUCK,
        }
    ),
    UpdateStatus.WAITING: frozenset({UpdateStatus.RUNNING, UpdateStatus.CANCELLED}),
    UpdateStatus.STUCK: frozenset({UpdateStatus.RUNNING, UpdateStatus.FAILED}),
    UpdateStatus.COMPLETED: frozenset[UpdateStatus](),
    UpdateStatus.FAILED: frozenset[UpdateStatus](),
    UpdateStatus.CANCELLED: frozenset[UpdateStatus](),
}


@unique
class StepStatus(StrEnum):
    """Where one step is. INTENDED and UNDOING are in doubt after a crash."""

    PENDING = "pending"
    INTENDED = "intended"
    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    UNDOING = "undoing"
    UNDONE = "undone"


STEP_TRANSITIONS: Final = {
    StepStatus.PENDING: frozenset({StepStatus.INTENDED}),
    StepStatus.INTENDED: frozenset(
        {StepStatus.DONE, StepStatus.WAITING, StepStatus.REFUSED, StepStatus.PENDING, StepStatus.UNDOING}
    ),
    StepStatus.WAITING: frozenset({StepStatus.DONE, StepStatus.WAITING, StepStatus.REFUSED, StepStatus.UNDOING}),
    StepStatus.DONE: frozenset({StepStatus.UNDOING}),
    StepStatus.REFUSED: frozenset({StepStatus.UNDOING}),
    StepStatus.UNDOING: frozenset({StepStatus.UNDONE}),
    StepStatus.UNDONE: frozenset[StepStatus](),
}
