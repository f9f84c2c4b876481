"""The audit log, newest first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, bindparam, func, select

from portal.db.audit_words import spellings, words_of
from portal.db.base import AnyRow, AnySelect
from portal.db.beside import beside
from portal.db.models import AuditEntry, AuditWord
from portal.db.queries.paging import PAGE_SIZE, Count, Page, capped_count, cut, decode, encode
from portal.db.queries.stretches import Place, in_stretches
from portal.db.reach import audit_within
from portal.db.reading import ask_alike
from portal.db.transaction import Database
from portal.db.words import begins_with
from portal.domain.reach import EVERYTHING, Reach

Condition = ColumnElement[bool]

_COLUMNS: Final = (
    *(AuditEntry.id, AuditEntry.at, AuditEntry.tag, AuditEntry.actor, AuditEntry.subject),
    *(AuditEntry.particulars, AuditEntry.correlation, AuditEntry.hash),
)
_NEWEST: Final = (
    select(*_COLUMNS)
    .where(AuditEntry.subject == bindparam("subject"))
    .order_by(AuditEntry.id.desc())
    .limit(bindparam("some"))
)
#: What of a line may be asked for as it stands, what leaves fewest lines first.
_KEYS: Final = (AuditEntry.correlation, AuditEntry.subject, AuditEntry.tag, AuditEntry.actor)
#: The first line of a day is looked for among so many at once.
_PROBES: Final = 40
_TIMES: Final = select(AuditEntry.id, AuditEntry.at).where(AuditEntry.id.in_(bindparam("numbers", expanding=True)))
_LAST: Final = select(func.max(AuditEntry.id))
#: How many lines are tested before somebody looks at the clock.
STRETCH: Final = 2000
#: Words that lead to at most so many lines begin the search; others are tested line by line.
_FEW: Final = 3000
_EXPORTED_AT_ONCE: Final = 1000
_MAX_WORDS: Final = 5


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What the log is narrowed to: a tag, an actor, a subject, one update, words, a span of time."""

    tag: str = ""
    actor: str = ""
    subject: str = ""
    correlation: str = ""
    text: str = ""
    since: datetime | None = None
    before: datetime | None = None


class AuditRow(NamedTuple):
    """One line of the log; the sentence is made where it is shown."""

    id: int
    at: datetime
    tag: str
    actor: str
    subject: str
    particulars: dict[str, str | int]
    correlation: str
    hash: str = ""


def list_audit(
    connection: Connection,
    wanted: AuditFilter,
    *,
    after: str | None = None,
    size: int = PAGE_SIZE,
    reach: Reach = EVERYTHING,
) -> Page[AuditRow]:
    """One page of the log."""
    search = _searched(connection, wanted, reach)

    def stop_behind(place: Place | None) -> Place | None:
        query = _before(select(AuditEntry.id).where(*search.driver), place).offset(STRETCH - 1).limit(1)
        row = ask_alike(connection, query).one_or_none() if search.slow else None
        return None if row is None else tuple(row)

    def rows_between(place: Place | None, stop: Place | None, number: int) -> Sequence[AnyRow]:
        query = _before(search.query(), place)
        query = query if stop is None else query.where(AuditEntry.id >= stop[0])
        return ask_alike(connection, query.limit(number)).all()

    begin = None if after is None else decode(after, int)
    found, stopped = in_stretches(stop_behind, rows_between, begin, size + 1)
    shown, more = cut(found, size)
    place = (shown[-1].id,) if more else stopped
    count = _count(connection, search, len(shown), more=place is not None)
    after = None if place is None else encode(*place)
    return Page(tuple(map(_row, shown)), after, count, partly=stopped is not None)


def newest_lines(connection: Connection, subject: str, *, some: int) -> tuple[AuditRow, ...]:
    """The newest few lines about a subject, not counted."""
    return tuple(map(_row, connection.execute(_NEWEST, {"subject": subject, "some": some})))


def every_line(database: Database, wanted: AuditFilter, reach: Reach) -> Iterator[AuditRow]:
    """All lines, read in short transactions so that a long download holds nothing."""
    last: Place | None = None
    while True:
        with database.read() as connection:
            query = _before(_searched(connection, wanted, reach).query(), last).limit(_EXPORTED_AT_ONCE)
            rows = connection.execute(query).all()
        yield from map(_row, rows)
        if len(rows) < _EXPORTED_AT_ONCE:
            return
        last = (rows[-1].id,)


@dataclass(frozen=True, slots=True)
class _Search:
    """What an index brings, and what is tested on its lines; ``slow`` when many may be looked at in vain."""

    driver: tuple[Condition, ...]
    tests: tuple[Condition, ...]
    slow: bool

    def query(self) -> AnySelect:
        return select(*_COLUMNS).where(*self.driver, *self.tests)


def _before(query: AnySelect, place: Place | None) -> AnySelect:
    page = query.order_by(AuditEntry.id.desc())
    return page if place is None else page.where(AuditEntry.id < place[0])


def _count(connection: Connection, search: _Search, shown: int, *, more: bool) -> Count:
    if search.slow:  # counting what is tested line by line would walk the whole log for a figure
        return Count(shown, more)
    return capped_count(connection, search.query().with_only_columns(AuditEntry.id))


def _searched(connection: Connection, wanted: AuditFilter, reach: Reach) -> _Search:
    within = audit_within(reach)
    words = [_Word(word, spellings(connection, word)) for word in words_of(wanted.text)[:_MAX_WORDS]]
    rare = next((word for word in words if _few(connection, word)), None)
    given = [(column, value) for column in _KEYS if (value := getattr(wanted, column.key))]
    driver: tuple[Condition, ...] = () if rare is None else (AuditEntry.id.in_(rare.lines()),)
    if rare is None and given:
        column, value = given.pop(0)
        driver = (column == value,)
    tests = [beside(column) == value for column, value in given]
    tests += [word.has() for word in words if word is not rare]
    return _Search((*driver, *_span(connection, wanted)), (*tests, *within), bool(tests or within) and rare is None)


def _span(connection: Connection, wanted: AuditFilter) -> Iterator[Condition]:
    if wanted.since is not None:
        yield AuditEntry.id >= _first_at(connection, wanted.since)
    if wanted.before is not None:
        yield AuditEntry.id < _first_at(connection, wanted.before)


@dataclass(frozen=True, slots=True)
class _Word:
    """A beginning of words of the log, with the words themselves unless they are too many."""

    text: str
    spellings: tuple[str, ...]

    def lines(self) -> AnySelect:
        """The lines that have it."""
        known = AuditWord.term.in_(self.spellings) if self.spellings else begins_with(AuditWord.term, self.text)
        return select(AuditWord.entry_id).where(known)

    def has(self) -> Condition:
        """Whether a line has it: a few spellings are looked up, else the words of the line are gone through."""
        term = AuditWord.term
        known = term.in_(self.spellings) if self.spellings else begins_with(beside(term), self.text)
        own = select(AuditWord.term).where(AuditWord.entry_id == AuditEntry.id, known)
        # the offset keeps PostgreSQL from gathering every line that has the word, for the few of a stretch
        return own.correlate(AuditEntry).offset(0).exists()


def _few(connection: Connection, word: _Word) -> bool:
    some = select(func.count()).select_from(word.lines().limit(_FEW + 1).subquery())
    return bool(ask_alike(connection, some).scalar_one() <= _FEW)


def _first_at(connection: Connection, moment: datetime) -> int:
    """The first line written at or after the moment: numbers and times grow together, so a few are asked at a time."""
    low, high = 1, (connection.execute(_LAST).scalar_one() or 0) + 1
    while low < high:
        step = max(1, (high - low) // _PROBES)
        times = connection.execute(_TIMES, {"numbers": list(range(low, high, step))}).all()
        low, high = _narrowed(times, moment, low, high)
    return low


def _narrowed(times: Sequence[AnyRow], moment: datetime, low: int, high: int) -> tuple[int, int]:
    before = [row.id for row in times if row.at < moment]
    after = [row.id for row in times if row.at >= moment]
    return max(before, default=low - 1) + 1, min(after, default=high)


def _row(row: AnyRow) -> AuditRow:
    return AuditRow._make(row)
