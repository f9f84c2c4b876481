"""The card of one person: who, where, in which groups, under which policy and why, with which devices."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from portal.db import snapshots
from portal.db.queries.people import person_rows
from portal.db.queries.policies import ActingPolicy, acting_policy
from portal.db.queries.views import PersonRow
from portal.domain.errors import NotFound
from portal.domain.reach import EVERYTHING, Reach


@dataclass(frozen=True, slots=True)
class PersonCard:
    """Everything the card shows; ``acting`` is None when no policy reaches the person."""

    row: PersonRow
    attributes: Mapping[str, str]
    groups: tuple[str, ...]
    acting: ActingPolicy | None


def person_card(connection: Connection, number: int, *, reach: Reach = EVERYTHING) -> PersonCard:
    """The card of the person with this number; raises NotFound, also when he is out of reach."""
    rows = person_rows(connection, [number], reach=reach)
    if not rows:
        raise NotFound("person", id=str(number))
    person = snapshots.person(connection, number)
    return PersonCard(
        row=rows[0],
        attributes=person.attributes,
        groups=tuple(sorted(person.groups)),
        acting=acting_policy(connection, person),
    )
