"""People: searched in one box, and listed by name."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import ColumnElement, Connection, bindparam, literal_column, select, tuple_

from portal.db.base import AnyRow, AnySelect
from portal.db.beside import beside
from portal.db.models import Person, Unit
from portal.db.queries.device_rows import devices_of
from portal.db.queries.hits import people_hit
from portal.db.queries.paging import PAGE_SIZE, Count, Page, capped_count, cut, decode, encode, scanned_count
from portal.db.queries.views import DeviceRow, PersonRow
from portal.db.reach import few_people, people_within
from portal.db.reading import ask_alike
from portal.db.words import fold, typed_words, variants
from portal.domain.ids import PersonId
from portal.domain.reach import EVERYTHING, Reach

_BY_NUMBER: Final = (
    select(Person.id, Person.name, Person.login, Person.email, Person.title, Person.active, Unit.path)
    .join(Unit, Unit.id == Person.unit_id)
    .where(Person.id.in_(bindparam("numbers", expanding=True)))
)
#: Written out as in the index of those who are inactive, which is only then made use of; told to be a truth value,
#: it would be compared with one.
_STATES: Final[Mapping[bool | None, tuple[ColumnElement[bool], ...]]] = {
    None: (),
    True: (beside(Person.active).is_(True),),
    False: (literal_column("NOT people.active"),),
}


def active_people(active: bool | None) -> tuple[ColumnElement[bool], ...]:  # noqa: FBT001  the answer of a filter
    """Those who are active, or the others; None asks for everybody."""
    return _STATES[active]


def search_people(
    connection: Connection, text: str, *, limit: int = 20, active: bool | None = None, reach: Reach = EVERYTHING
) -> Page[PersonRow]:
    """People found by the beginning of any word of theirs, or of the serial number of a device they hold.

    When the words as typed find nobody, the other keyboard layout and transliteration are tried.
    """
    if not typed_words(text):
        return Page((), None, Count(0))
    for reading in (text, *variants(text)):
        found = people_hit(connection, typed_words(reading), limit + 1, reach=reach, also=_STATES[active])
        if found:
            rows = person_rows(connection, found[:limit])
            count = Count(len(rows), len(found) > limit)
            return Page(rows, None, count, understood="" if reading == text else reading)
    return Page((), None, Count(0))


def find_people(connection: Connection, text: str, *, reach: Reach = EVERYTHING) -> tuple[PersonRow, ...]:
    """Whom a login or some words mean: the one who has exactly this login, else those the words lead to."""
    exact = select(Person.id).where(Person.login_key == fold(text))
    found = list(connection.execute(exact).scalars()) or people_hit(connection, typed_words(text), 5, reach=reach)
    return person_rows(connection, found, reach=reach)


def list_people(
    connection: Connection,
    *,
    active: bool | None = None,
    after: str | None = None,
    size: int = PAGE_SIZE,
    reach: Reach = EVERYTHING,
) -> Page[PersonRow]:
    """People by name."""
    within = few_people(connection, reach) or people_within(reach)
    query = select(Person.id, Person.sort_key).where(*within, *_STATES[active])
    page = query.order_by(Person.sort_key, Person.id).limit(size + 1)
    if after is not None:
        page = page.where(tuple_(Person.sort_key, Person.id) > tuple_(*decode(after, str, int)))
    rows, more = cut(ask_alike(connection, page).all(), size)
    place = encode(rows[-1].sort_key, rows[-1].id) if more else None
    return Page(person_rows(connection, [row.id for row in rows]), place, _count(connection, query, active, reach))


def _count(connection: Connection, query: AnySelect, active: bool | None, reach: Reach) -> Count:  # noqa: FBT001
    if reach.everything:
        return capped_count(connection, query)
    if reach.units and reach.person is None and not reach.policies:  # the index of units counts its people itself
        inside = select(Person.id).where(Person.unit_id.in_(reach.units))
        return capped_count(connection, inside.where(*_STATES[active]))
    tests = (*people_within(reach), *_STATES[active])
    return scanned_count(connection, select(Person.id).order_by(Person.sort_key, Person.id), tests)


def person_rows(connection: Connection, ids: Sequence[int], *, reach: Reach = EVERYTHING) -> tuple[PersonRow, ...]:
    """The people with these numbers, in this order, each with his devices; those out of reach are left out."""
    if not ids:
        return ()
    held = devices_of(connection, ids)
    query = _BY_NUMBER if reach.everything else _BY_NUMBER.where(*people_within(reach))
    found = {row.id: row for row in connection.execute(query, {"numbers": ids}).all()}
    return tuple(_row(found[number], held.get(number, ())) for number in ids if number in found)


def _row(row: AnyRow, devices: tuple[DeviceRow, ...]) -> PersonRow:
    return PersonRow(
        id=PersonId(row.id),
        name=row.name,
        login=row.login,
        email=row.email,
        title=row.title,
        unit=tuple(row.path),
        active=row.active,
        devices=devices,
    )
