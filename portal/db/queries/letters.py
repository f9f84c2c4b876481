"""The outbox, newest first, and one letter."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, exists, select

from portal.db.models import LetterRow, Person
from portal.db.queries.paging import PAGE_SIZE, Page, capped_count, cut, decode, encode
from portal.db.reach import people_within
from portal.domain.errors import NotFound
from portal.domain.letters import Audience, LetterKind, LetterStatus
from portal.domain.reach import EVERYTHING, Reach


@dataclass(frozen=True, slots=True)
class LetterEntry:
    """A letter as the list shows it; ``body`` only on a page of its own."""

    id: int
    kind: LetterKind
    audience: Audience
    address: str
    subject: str
    status: LetterStatus
    created_at: datetime
    sent_at: datetime | None
    attempts: int
    trouble: str
    body: str = ""


_SHOWN = (
    *(LetterRow.id, LetterRow.kind, LetterRow.audience, LetterRow.address, LetterRow.subject, LetterRow.status),
    *(LetterRow.created_at, LetterRow.sent_at, LetterRow.attempts, LetterRow.trouble),
)


def list_letters(
    connection: Connection,
    status: LetterStatus | None,
    *,
    after: str | None = None,
    size: int = PAGE_SIZE,
    reach: Reach = EVERYTHING,
) -> Page[LetterEntry]:
    """One page of the outbox."""
    query = select(*_SHOWN).where(*_within(reach))
    query = query if status is None else query.where(LetterRow.status == status)
    page = query.order_by(LetterRow.id.desc()).limit(size + 1)
    if after is not None:
        page = page.where(LetterRow.id < decode(after, int)[0])
    rows, more = cut(connection.execute(page).all(), size)
    place = encode(rows[-1].id) if more else None
    return Page(tuple(LetterEntry(*row) for row in rows), place, capped_count(connection, query))


def letter(connection: Connection, number: int, *, reach: Reach = EVERYTHING) -> LetterEntry:
    """One letter with its text; raises NotFound."""
    row = connection.execute(
        select(*_SHOWN, LetterRow.body).where(LetterRow.id == number, *_within(reach))
    ).one_or_none()
    if row is None:
        raise NotFound("letter", id=str(number))
    return LetterEntry(*row)


def _within(reach: Reach) -> tuple[ColumnElement[bool], ...]:
    """Letters about people within reach."""
    if reach.everything:
        return ()
    return (exists().where(Person.id == LetterRow.person_id, *people_within(reach)),)
