"""People by the thousand, as the rules see them."""

from collections import Counter
from random import Random
from typing import Final

from portal.domain.ids import PersonId
from portal.domain.people import Person
from portal.seed import organization
from portal.seed.names import attributes_of, login_of, some_name, some_title

_UNITS: Final = [unit for unit, _ in organization.SPREAD]
_WEIGHTS: Final = [weight for _, weight in organization.SPREAD]


class Crowd:
    """Makes people one after another; the same seed makes the same people."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._names: Counter[str] = Counter()

    def person(self, number: int) -> Person:
        """Somebody with this number; his login is always numbered, so it never is that of somebody made by hand."""
        name = some_name(self._random)
        stem = login_of(name)
        self._names[stem] += 1
        (unit,) = self._random.choices(_UNITS, _WEIGHTS)
        login = f"{stem}{self._names[stem]}"
        title = some_title(self._random)
        return Person(
            id=PersonId(number),
            container=unit,
            groups=self._groups(),
            attributes=attributes_of(name, login, title=title, container=unit),
            active=self._random.random() < _ACTIVE,
        )

    def _groups(self) -> frozenset[str]:
        chances = ((organization.VPN, 0.12), (organization.SIGNERS, 0.08))
        return frozenset(group for group, chance in chances if self._random.random() < chance)


_ACTIVE: Final = 0.98
