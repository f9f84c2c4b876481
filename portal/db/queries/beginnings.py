"""What a new installation has already, until its first update."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, exists, select

from portal.db.models import Device, Person, Policy, PolicyAssignment, Update


@dataclass(frozen=True, slots=True)
class Beginnings:
    """Whether there are any of these."""

    people: bool
    policies: bool
    assignments: bool
    devices: bool


_THERE: Final = select(
    exists(select(Update.id)).label("updates"),
    exists(select(Person.id)).label("people"),
    exists(select(Policy.id)).label("policies"),
    exists(select(PolicyAssignment.id)).label("assignments"),
    exists(select(Device.id)).label("devices"),
)


def beginnings(connection: Connection) -> Beginnings | None:
    """What is there; None once an update was ever ordered, for then the portal is at work."""
    row = connection.execute(_THERE).one()
    return None if row.updates else Beginnings(row.people, row.policies, row.assignments, row.devices)
