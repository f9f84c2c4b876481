"""Where a workstation may die: every place between what is written down and what is done."""

from collections.abc import Callable
from enum import StrEnum, unique


@unique
class Boundary(StrEnum):
    """The places, in the order they are passed."""

    BEFORE_INTENT = "before_intent"
    AFTER_INTENT = "after_intent"
    AFTER_EFFECT = "after_effect"
    AFTER_OUTCOME = "after_outcome"
    BEFORE_REPORT = "before_report"
    AFTER_REPORT = "after_report"  # sent and answered, not noted


#: Told of each place passed: a list and the order in it, 0 for the list as a whole.
Observer = Callable[[Boundary, str, int], None]


def unwatched(_place: Boundary, _list: str, _seq: int) -> None:
    """Nobody looks."""
