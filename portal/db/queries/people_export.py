"""People as the rows of a file, in parts, so that a million of them need no more memory than a thousand."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, Select, select, tuple_
from sqlalchemy.orm import aliased

from portal.db.base import AnyRow
from portal.db.models import Group, Membership, Person, Unit
from portal.db.queries.hits import people_hit
from portal.db.queries.people import active_people
from portal.db.reach import few_people, people_within
from portal.db.transaction import Database
from portal.db.words import typed_words
from portal.domain.people_columns import ACTIVE, GROUPS, MANAGER, UNIT
from portal.domain.reach import Reach

_BATCH: Final = 1000
_MOST_FOUND: Final = 3000
_Manager: Final = aliased(Person)


def export_people(database: Database, text: str, *, active: bool | None, reach: Reach) -> Iterator[dict[str, str]]:
    """Everybody who passes the filter, by name: attributes, and what is no attribute, by the names columns have."""
    place: tuple[str, int] | None = ("", 0)
    while place is not None:
        with database.read() as connection:  # one look each: a reader of an hour would keep the database from tidying
            rows = _batch(connection, text, place, active=active, reach=reach)
            groups = _groups(connection, [row.id for row in rows])
        yield from (_told(row, groups.get(row.id, ())) for row in rows)
        place = (rows[-1].sort_key, rows[-1].id) if len(rows) == _BATCH else None


def _batch(
    connection: Connection, text: str, place: tuple[str, int], *, active: bool | None, reach: Reach
) -> list[AnyRow]:
    own = (Person.id, Person.sort_key, Person.login, Person.attributes, Person.active, Unit.path)
    query: Select[*tuple[object, ...]] = select(*own, _Manager.login.label("manager"))
    query = query.join(Unit, Unit.id == Person.unit_id).outerjoin(_Manager, _Manager.id == Person.manager_id)
    words = typed_words(text)
    if words:
        found = people_hit(connection, words, _MOST_FOUND, reach=reach, also=active_people(active))
        query = query.where(Person.id.in_(found))
    else:
        query = query.where(*(few_people(connection, reach) or people_within(reach)), *active_people(active))
    after = tuple_(Person.sort_key, Person.id) > tuple_(*place)
    ordered = query.where(after).order_by(Person.sort_key, Person.id).limit(_BATCH)
    return list(connection.execute(ordered))


def _groups(connection: Connection, people: list[int]) -> dict[int, list[str]]:
    query = select(Membership.person_id, Group.name).join(Group, Group.id == Membership.group_id)
    found: dict[int, list[str]] = {}
    for row in connection.execute(query.where(Membership.person_id.in_(people)).order_by(Group.name)):
        found.setdefault(row.person_id, []).append(row.name)
    return found


def _told(row: AnyRow, groups: list[str] | tuple[str, ...]) -> dict[str, str]:
    others = {UNIT: " / ".join(row.path), GROUPS: ", ".join(groups), MANAGER: row.manager or ""}
    return {**row.attributes, "login": row.login, **others, ACTIVE: "1" if row.active else "0"}
