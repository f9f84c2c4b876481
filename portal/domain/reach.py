"""Whose devices and data an account may see: everything, some units and policies, or one person's own."""

from dataclasses import dataclass, field
from typing import Final

from portal.domain.ids import PersonId


@dataclass(frozen=True, slots=True)
class Reach:
    """What lies within reach is the union of the parts; with no part at all it is nothing.

    ``units`` are the numbers of units, of those below them too; ``policies`` those whose devices may be seen;
    ``person`` sees himself and what he holds.
    """

    everything: bool = False
    person: PersonId | None = None
    units: frozenset[int] = field(default=frozenset())
    policies: frozenset[int] = field(default=frozenset())

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to see."""
        return not (self.everything or self.units or self.policies) and self.person is None

    def covers(self, other: "Reach") -> bool:
        """Whether everything within the other reach lies within this one, judged by its parts."""
        if self.everything:
            return True
        if other.everything or not (other.units <= self.units and other.policies <= self.policies):
            return False
        return other.person in {None, self.person}


EVERYTHING: Final = Reach(everything=True)
NOTHING: Final = Reach()


def own(person: PersonId | None) -> Reach:
    """The reach of an employee: himself; nothing when nobody is named."""
    return Reach(person=person)
