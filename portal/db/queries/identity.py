"""Identity checks in lists: newest or oldest first, narrowed by what became of them, by register, by person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Connection, bindparam, exists, select

from portal.db.base import AnyRow, AnySelect
from portal.db.beside import beside
from portal.db.models import IS_UNSETTLED, IdentityApplication, IdentityQuestion, Person
from portal.db.queries.hits import people_hit
from portal.db.queries.paging import PAGE_SIZE, Page, capped_count, cut, decode, encode
from portal.db.reach import checks_within, few_checks
from portal.db.words import typed_words
from portal.domain.identity_check import UNHAPPY, CheckState, IdentityService, RefutedBy, Verdict
from portal.domain.ids import PersonId, UpdateId
from portal.domain.reach import EVERYTHING, Reach

_SOME_PEOPLE: Final = 200


class Asked(NamedTuple):
    """One register of one check, and where its answer stands."""

    service: IdentityService
    state: CheckState
    refuted_by: RefutedBy | None


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A check in a list; ``sealed`` opens with the vault and is None once its term is over."""

    id: int
    person_id: PersonId
    person: str
    update_id: UpdateId | None
    verdict: Verdict
    ordered_by: str
    created_at: datetime
    decided_at: datetime | None
    superseded_at: datetime | None
    sealed: bytes | None
    registers: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class CheckFilter:
    """What the list is narrowed to; ``unsettled``: what a person should look at."""

    verdict: Verdict | None = None
    unsettled: bool = False
    service: IdentityService | None = None
    text: str = ""
    person: int = 0
    update: int = 0
    oldest: bool = False


_NUMBERS: Final[BindParameter[Any]] = bindparam("numbers", expanding=True)
_ROWS: Final = (
    select(IdentityApplication.id, IdentityApplication.person_id, Person.name, IdentityApplication.update_id)
    .add_columns(IdentityApplication.verdict, IdentityApplication.ordered_by, IdentityApplication.created_at)
    .add_columns(IdentityApplication.decided_at, IdentityApplication.superseded_at, IdentityApplication.sealed)
    .join(Person, Person.id == IdentityApplication.person_id)
    .where(IdentityApplication.id.in_(_NUMBERS))
)
_REGISTERS: Final = (
    select(IdentityQuestion.application_id, IdentityQuestion.service, IdentityQuestion.state)
    .add_columns(IdentityQuestion.refuted_by)
    .where(IdentityQuestion.application_id.in_(_NUMBERS))
    .order_by(IdentityQuestion.id)
)


def list_checks(
    connection: Connection,
    wanted: CheckFilter,
    *,
    after: str | None = None,
    size: int = PAGE_SIZE,
    reach: Reach = EVERYTHING,
) -> Page[CheckRow]:
    """One page of checks."""
    query, number = _query(connection, wanted, reach)
    page = query.order_by(number.asc() if wanted.oldest else number.desc()).limit(size + 1)
    if after is not None:
        place = decode(after, int)[0]
        page = page.where(number > place if wanted.oldest else number < place)
    ids, more = cut(connection.execute(page).scalars().all(), size)
    return Page(check_rows(connection, ids), encode(ids[-1]) if more else None, capped_count(connection, query))


def _query(connection: Connection, wanted: CheckFilter, reach: Reach) -> tuple[AnySelect, ColumnElement[int]]:
    """The numbers of checks, and the column they come from: that of the register's index where it leads faster."""
    few = few_checks(connection, reach)
    narrow = [*(few or ()), *_about(connection, wanted, reach)]
    wide = checks_within(reach) if few is None else ()
    service = wanted.service
    if service is not None and not narrow and _leads(connection, wanted, service):
        return _of_register(wanted, service, wide), IdentityQuestion.application_id.expression
    tests = [*narrow, *wide, *_became(wanted), *([_asks(service)] if service is not None else [])]
    return select(IdentityApplication.id).where(*tests), IdentityApplication.id.expression


def _leads(connection: Connection, wanted: CheckFilter, service: IdentityService) -> bool:
    """Whether nearly all that the register was asked passes the rest of the filter, or the register is asked seldom."""
    if not wanted.unsettled and wanted.verdict in {None, Verdict.CONFIRMED}:
        return True
    asked: AnySelect = select(IdentityQuestion.application_id).where(IdentityQuestion.service == service)
    return not capped_count(connection, asked).more


def _of_register(wanted: CheckFilter, service: IdentityService, wide: tuple[ColumnElement[bool], ...]) -> AnySelect:
    number = IdentityQuestion.application_id
    query: AnySelect = select(number).where(IdentityQuestion.service == service).distinct()
    tests = list(wide)
    if wanted.unsettled:
        tests += [beside(IdentityApplication.verdict).in_(UNHAPPY), IdentityApplication.superseded_at.is_(None)]
    elif wanted.verdict is not None:
        tests.append(beside(IdentityApplication.verdict) == wanted.verdict)
    if not tests:
        return query
    return query.join(IdentityApplication, IdentityApplication.id == number).where(*tests)


def _became(wanted: CheckFilter) -> list[ColumnElement[bool]]:
    if wanted.unsettled:
        return [IS_UNSETTLED]
    return [] if wanted.verdict is None else [IdentityApplication.verdict == wanted.verdict]


def _asks(service: IdentityService) -> ColumnElement[bool]:
    same = IdentityQuestion.application_id == IdentityApplication.id
    return exists().where(IdentityQuestion.service == service, same)


def _about(connection: Connection, wanted: CheckFilter, reach: Reach) -> list[ColumnElement[bool]]:
    """Whom and what it is about: people found by their words are those somebody asked about."""
    tests: list[ColumnElement[bool]] = []
    if words := typed_words(wanted.text):
        known = exists().where(IdentityApplication.person_id == Person.id)
        found = people_hit(connection, words, _SOME_PEOPLE, reach=reach, also=(known,))
        tests.append(IdentityApplication.person_id.in_(found))
    if wanted.person:
        tests.append(IdentityApplication.person_id == wanted.person)
    if wanted.update:
        tests.append(IdentityApplication.update_id == wanted.update)
    return tests


def check_rows(connection: Connection, ids: Sequence[int]) -> tuple[CheckRow, ...]:
    """The checks with these numbers, in this order."""
    if not ids:
        return ()
    asked = registers_of(connection, ids)
    found = {row.id: _row(row, asked.get(row.id, ())) for row in connection.execute(_ROWS, {"numbers": ids})}
    return tuple(found[number] for number in ids)


def registers_of(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[Asked, ...]]:
    """The registers each check asks, in the order of asking."""
    found: dict[int, tuple[Asked, ...]] = {}
    for number, service, state, refuted_by in connection.execute(_REGISTERS, {"numbers": ids}):
        found[number] = (*found.get(number, ()), Asked(service, state, refuted_by))
    return found


def _row(row: AnyRow, registers: tuple[Asked, ...]) -> CheckRow:
    return CheckRow(
        id=row.id,
        person_id=PersonId(row.person_id),
        person=row.name,
        update_id=None if row.update_id is None else UpdateId(row.update_id),
        verdict=row.verdict,
        ordered_by=row.ordered_by,
        created_at=row.created_at,
        decided_at=row.decided_at,
        superseded_at=row.superseded_at,
        sealed=row.sealed,
        registers=registers,
    )
