"""The audit log, newest first."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from portal.db.base import AnyRow, AnySelect
from portal.db.models import AuditEntry
from portal.db.queries.paging import PAGE_SIZE, Page, capped_count, cut, decode, encode
from portal.db.reach import audit_within
from portal.domain.reach import EVERYTHING, Reach


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What the log is narrowed to: a tag, an actor, a subject, a span of time."""

    tag: str = ""
    actor: str = ""
    subject: str = ""
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


def list_audit(
    connection: Connection,
    wanted: AuditFilter,
    *,
    after: str | None = None,
    size: int = PAGE_SIZE,
    reach: Reach = EVERYTHING,
) -> Page[AuditRow]:
    """One page of the log."""
    query = _filtered(wanted).where(*audit_within(reach))
    page = query.order_by(AuditEntry.id.desc()).limit(size + 1)
    if after is not None:
        page = page.where(AuditEntry.id < decode(after, int)[0])
    rows, more = cut(connection.execute(page).all(), size)
    place = encode(rows[-1].id) if more else None
    return Page(tuple(map(_row, rows)), place, capped_count(connection, query))


def _filtered(wanted: AuditFilter) -> AnySelect:
    entry = AuditEntry
    query = select(entry.id, entry.at, entry.tag, entry.actor, entry.subject, entry.particulars, entry.correlation)
    for column in ("tag", "actor", "subject"):
        if value := getattr(wanted, column):
            query = query.where(getattr(entry, column) == value)
    if wanted.since is not None:
        query = query.where(entry.at >= wanted.since)
    if wanted.before is not None:
        query = query.where(entry.at < wanted.before)
    return query


def _row(row: AnyRow) -> AuditRow:
    return AuditRow(row.id, row.at, row.tag, row.actor, row.subject, row.particulars, row.correlation)
