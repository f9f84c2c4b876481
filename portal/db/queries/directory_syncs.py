"""Synchronizations as their pages show them: what became of whom, and what of people is told by which directory."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, ColumnElement, Connection, bindparam, cast, func, select

from portal.db.models import AuditEntry, Connector, Device, DirectoryLink, DirectorySync, DirectorySyncLine, Person
from portal.db.queries.paging import PAGE_SIZE, Page, capped_count, cut, decode, encode
from portal.domain.directory_sync import LinkKind, SyncEvent, SyncState, correlation_of
from portal.domain.ids import ConnectorId

_OWN = DirectorySyncLine
_FOLLOWED: Final = (
    select(Connector.id, Connector.name)
    .join(DirectoryLink, DirectoryLink.connector_id == Connector.id)
    .where(DirectoryLink.kind == LinkKind.PERSON, DirectoryLink.local_id == bindparam("b_person"))
)
#: What the subject of a line of the audit log begins with that is about a person.
_PERSON = "person:"


@dataclass(frozen=True, slots=True)
class SyncLine:
    """What became of one entry; ``person`` is who it is about while he is here, with his name."""

    event: SyncEvent
    login: str
    detail: str
    person: int | None
    name: str


@dataclass(frozen=True, slots=True)
class Followed:
    """The directory somebody follows, and when it was last read to the end."""

    connector: ConnectorId
    name: str
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class LineFilter:
    """Which lines are asked for: of one event, or with this in the login or the name."""

    event: SyncEvent | None = None
    text: str = ""


def sync_lines(
    connection: Connection, number: int, wanted: LineFilter, *, after: str | None = None, size: int = PAGE_SIZE
) -> Page[SyncLine]:
    """One page of what is told of entries, in the order in which it happened."""
    query = select(_OWN.id, _OWN.event, _OWN.login, _OWN.detail, Person.id.label("person"), Person.name)
    query = query.outerjoin(Person, Person.id == _OWN.person_id).where(_OWN.sync_id == number, *_wanted(wanted))
    page = query.order_by(_OWN.id).limit(size + 1)
    if after is not None:
        page = page.where(_OWN.id > decode(after, int)[0])
    rows, more = cut(connection.execute(page).all(), size)
    items = tuple(SyncLine(row.event, row.login, row.detail, row.person, row.name or "") for row in rows)
    return Page(items, encode(rows[-1].id) if more else None, capped_count(connection, query))


def devices_due(connection: Connection, number: int) -> int:
    """How many devices of the people it changed need an update now; lines tell of some only, the audit log of all."""
    told = (AuditEntry.correlation == correlation_of(number), AuditEntry.subject.startswith(_PERSON, autoescape=True))
    people = select(cast(func.substr(AuditEntry.subject, len(_PERSON) + 1), BigInteger)).where(*told)
    query = select(func.count()).select_from(Device).where(Device.holder_id.in_(people), Device.need != 0)
    return int(connection.execute(query).scalar_one())


def followed_directory(connection: Connection, person: int) -> Followed | None:
    """The directory this person follows; None for somebody kept here."""
    row = connection.execute(_FOLLOWED, {"b_person": person}).one_or_none()
    if row is None:
        return None
    done = (DirectorySync.connector_id == row.id, DirectorySync.state == SyncState.DONE, ~DirectorySync.dry)
    last = select(DirectorySync.finished_at).where(*done).order_by(DirectorySync.id.desc()).limit(1)
    return Followed(ConnectorId(row.id), row.name, connection.execute(last).scalar_one_or_none())


def _wanted(wanted: LineFilter) -> tuple[ColumnElement[bool], ...]:
    tests: list[ColumnElement[bool]] = [] if wanted.event is None else [_OWN.event == wanted.event]
    if wanted.text:
        said = _OWN.login.icontains(wanted.text, autoescape=True) | Person.name.icontains(wanted.text, autoescape=True)
        tests.append(said)
    return tuple(tests)
