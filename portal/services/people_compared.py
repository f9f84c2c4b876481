"""What of the directory a file of people is compared with, loaded in a few queries however long the file is."""

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import Connection, select

from portal.db.base import AnyRow
from portal.db.models import Group, Membership, Person, Unit
from portal.domain.people_columns import GROUPS, MANAGER
from portal.domain.people_decision import Known, Present
from portal.domain.people_table import Table, plain
from portal.domain.texts import fold
from portal.services.directory_owned import owners_of
from portal.services.in_parts import batches


def present_for(connection: Connection, table: Table, mapping: Sequence[str], *, hold: bool = False) -> Present:
    """Everything the file may touch; ``hold`` keeps others from changing these people meanwhile."""
    units = {row.id: tuple(row.path) for row in connection.execute(select(Unit.id, Unit.path))}
    groups = {row.id: row.name for row in connection.execute(select(Group.id, Group.name))}
    rows = list(_people(connection, _column(table, mapping, "login"), hold=hold))
    inside = _memberships(connection, [row.id for row in rows])
    managers = _logins(connection, {row.manager_id for row in rows if row.manager_id is not None})
    owned = owners_of(connection, [row.id for row in rows])
    known = {
        row.login_key: Known(
            row.id,
            row.attributes,
            units[row.unit_id],
            frozenset(groups[number] for number in inside.get(row.id, ())),
            managers.get(row.manager_id, ""),
            row.active,
            owned[row.id].fields | {GROUPS} if row.id in owned else frozenset(),
        )
        for row in rows
    }
    bosses = _there(connection, _column(table, mapping, MANAGER))
    return Present(known, frozenset(bosses), tuple(units.values()), tuple(groups.values()))


def _column(table: Table, mapping: Sequence[str], target: str) -> set[str]:
    if target not in mapping:
        return set()
    place = mapping.index(target)
    return {fold(plain(row.cells[place])) for row in table.rows if place < len(row.cells)} - {""}


def _people(connection: Connection, logins: Collection[str], *, hold: bool) -> Iterator[AnyRow]:
    own = (Person.id, Person.login_key, Person.unit_id, Person.attributes, Person.manager_id, Person.active)
    for part in batches(sorted(logins)):
        query = select(*own).where(Person.login_key.in_(part)).order_by(Person.id)
        yield from connection.execute(query.with_for_update(key_share=True) if hold else query)


def _memberships(connection: Connection, people: Collection[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for part in batches(people):
        for row in connection.execute(select(Membership.__table__).where(Membership.person_id.in_(part))):
            found.setdefault(row.person_id, []).append(row.group_id)
    return found


def _logins(connection: Connection, people: Collection[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for part in batches(sorted(people)):
        rows = connection.execute(select(Person.id, Person.login_key).where(Person.id.in_(part)))
        found |= {row.id: row.login_key for row in rows}
    return found


def _there(connection: Connection, logins: Collection[str]) -> set[str]:
    found: set[str] = set()
    for part in batches(sorted(logins)):
        found |= set(connection.execute(select(Person.login_key).where(Person.login_key.in_(part))).scalars())
    return found
