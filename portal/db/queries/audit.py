"""The audit log, newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, bindparam, exists, func, select

from portal.db.audit_words import spellings, words_of
from portal.db.base import AnyRow, AnySelect
from portal.db.models import AuditEntry, AuditWord
from portal.db.queries.paging import PAGE_SIZE, Count, Page, capped_count, cut, decode, encode
from portal.db.reach import audit_within
from portal.db.transaction import Database
from portal.db.words import begins_with
from portal.domain.reach import EVERYTHING, Reach

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


@dataclass(frozen=True, slots=True)
class AuditRow:
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
    query = _filtered(connection, wanted, reach)
    rows = connection.execute(_before(query, None if after is None else decode(after, int)[0]).limit(size + 1)).all()
    shown, more = cut(rows, size)
    place = encode(shown[-1].id) if more else None
    return Page(tuple(map(_row, shown)), place, _count(connection, query, wanted, len(shown), more=more))


def newest_lines(connection: Connection, subject: str, *, some: int) -> tuple[AuditRow, ...]:
    """The newest few lines about a subject, not counted."""
    return tuple(map(_row, connection.execute(_NEWEST, {"subject": subject, "some": some})))


def every_line(database: Database, wanted: AuditFilter, reach: Reach) -> Iterator[AuditRow]:
    """All lines, read in short transactions so that a long download holds nothing."""
    last: int | None = None
    while True:
        with database.read() as connection:
            query = _before(_filtered(connection, wanted, reach), last).limit(_EXPORTED_AT_ONCE)
            rows = connection.execute(query).all()
        yield from map(_row, rows)
        if len(rows) < _EXPORTED_AT_ONCE:
            return
        last = rows[-1].id


def _before(query: AnySelect, last: int | None) -> AnySelect:
    page = query.order_by(AuditEntry.id.desc())
    return page if last is None else page.where(AuditEntry.id < last)


def _count(connection: Connection, query: AnySelect, wanted: AuditFilter, shown: int, *, more: bool) -> Count:
    # words are tested line by line: counting them would walk the whole log for a figure
    return Count(shown, more) if wanted.text else capped_count(connection, query.with_only_columns(AuditEntry.id))


def _filtered(connection: Connection, wanted: AuditFilter, reach: Reach) -> AnySelect:
    entry = AuditEntry
    query = select(*_COLUMNS).where(*audit_within(reach))
    for column in ("tag", "actor", "subject", "correlation"):
        if value := getattr(wanted, column):
            query = query.where(getattr(entry, column) == value)
    if wanted.since is not None:
        query = query.where(entry.id >= _first_at(connection, wanted.since), entry.at >= wanted.since)
    if wanted.before is not None:
        query = query.where(entry.id < _first_at(connection, wanted.before), entry.at < wanted.before)
    return query.where(*(_has(connection, word) for word in words_of(wanted.text)[:_MAX_WORDS]))


def _has(connection: Connection, word: str) -> ColumnElement[bool]:
    """Lines with a word that begins like this one."""
    known = spellings(connection, word)
    term = AuditWord.term.in_(known) if known else begins_with(AuditWord.term, word)
    lines = select(AuditWord.entry_id).where(term)
    few = select(func.count()).select_from(lines.limit(_FEW + 1).subquery())
    if connection.execute(few).scalar_one() <= _FEW:
        return AuditEntry.id.in_(lines)
    return exists().where(AuditWord.entry_id == AuditEntry.id, term)


def _first_at(connection: Connection, moment: datetime) -> int:
    """The first line written at or after the moment, found by halving: numbers and times grow together."""
    low, high = 1, (connection.execute(select(func.max(AuditEntry.id))).scalar_one() or 0) + 1
    while low < high:
        middle = (low + high) // 2
        query: Any = select(AuditEntry.at).where(AuditEntry.id == middle)
        at = connection.execute(query).scalar_one_or_none()
        if at is None or at < moment:
            low = middle + 1
        else:
            high = middle
    return low


def _row(row: AnyRow) -> AuditRow:
    return AuditRow(*row)
