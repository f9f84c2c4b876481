"""What the devices made by hand are made from: people, policies, common certificates, and the time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.domain.device import AppliedPolicy
from portal.domain.people import Person
from portal.ports.vault import KeyMaterial
from portal.seed.cast import Role
from portal.seed.policies import Published
from portal.seed.token_wishes import CommonWish


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that is there before the first device."""

    now: datetime
    people: dict[str, Person]
    policies: Published
    materials: dict[tuple[str, int], KeyMaterial]

    def person(self, role: Role) -> Person:
        return self.people[role.login]

    def in_days(self, days: float) -> datetime:
        return self.now + timedelta(days=days)

    def common(self, name: str, version: int) -> CommonWish:
        return CommonWish(name, version, self.materials[name, version])

    def applied(self, policy: str, *, first: bool = False) -> AppliedPolicy:
        found = self.policies.first(policy) if first else self.policies.current(policy)
        return AppliedPolicy(found.id, found.version)
