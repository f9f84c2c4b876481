"""Which policy acts for a person, and because of which assignment."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from portal.domain.errors import PolicyForbids
from portal.domain.ids import AssignmentId
from portal.domain.people import Person
from portal.domain.policy import DeviceUsagePolicy


@dataclass(frozen=True, slots=True)
class Assignment:
    """A policy given to a container of the directory, perhaps only to some groups in it.

    ``container`` is a path from the root; the empty path is the whole directory. The smaller ``priority`` wins.
    """

    id: AssignmentId
    policy: DeviceUsagePolicy
    container: tuple[str, ...]
    groups: frozenset[str]
    priority: int
    created_at: datetime

    def reaches(self, person: Person) -> bool:
        """Whether the container holds the person and, if groups are named, one of them does."""
        inside = person.container[: len(self.container)] == self.container
        return inside and (not self.groups or bool(self.groups & person.groups))

    def strength(self) -> tuple[int, int, datetime, int]:
        """Sorts the strongest first: priority, then the deeper container, then the older assignment."""
        return (self.priority, -len(self.container), self.created_at, self.id)


@dataclass(frozen=True, slots=True)
class EffectivePolicy:
    """The policy that acts, why, and which assignments lost (strongest first)."""

    policy: DeviceUsagePolicy
    because: Assignment
    passed_over: tuple[Assignment, ...] = ()


class NoPolicy(PolicyForbids):
    """No assignment reaches the person."""

    def __init__(self, **data: str) -> None:
        super().__init__("no_policy", **data)


def effective_policy(person: Person, assignments: Collection[Assignment]) -> EffectivePolicy:
    """The strongest assignment that reaches this person.

    Raises NoPolicy when none does.
    """
    reaching = sorted((a for a in assignments if a.reaches(person)), key=Assignment.strength)
    if not reaching:
        raise NoPolicy
    return EffectivePolicy(reaching[0].policy, reaching[0], tuple(reaching[1:]))
