"""The moments around an effect: what a crash test kills at, and what the watchdog listens to."""

from collections.abc import Callable
from enum import StrEnum, unique

from portal.ports.journal import StepRecord


@unique
class Boundary(StrEnum):
    """Where a run stands within one step, going forward or back."""

    BEFORE_INTENT = "before_intent"
    AFTER_INTENT = "after_intent"
    AFTER_EFFECT = "after_effect"
    AFTER_OUTCOME = "after_outcome"


#: Told at every boundary; the record's status says whether the step is done or undone.
Observer = Callable[[Boundary, StepRecord], None]


def nobody(_boundary: Boundary, _record: StepRecord) -> None:
    """Listen to nothing."""
