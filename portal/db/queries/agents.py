"""Agents as pages list them: who asks to be let in, who is silent, what each sees."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, Connection, exists, func, or_, select

from portal.db.base import AnyRow
from portal.db.models import Agent, AgentToken, Person
from portal.db.queries.hits import people_hit
from portal.db.queries.paging import PAGE_SIZE, Page, capped_count, cut, decode, encode
from portal.db.words import begins_with, typed_words
from portal.domain.agent_tasks import LISTENING, AgentState
from portal.domain.errors import NotFound
from portal.domain.ids import PersonId

SILENT_FOR_AN_HOUR: Final = timedelta(hours=1)
SILENT_FOR_A_WEEK: Final = timedelta(days=7)
_SOME_PEOPLE: Final = 200
_SOME_VERSIONS: Final = 50


@unique
class Contact(StrEnum):
    """When an agent was heard."""

    NOW = "now"
    HOUR = "hour"  # silent for an hour
    WEEK = "week"  # silent for a week


@dataclass(frozen=True, slots=True)
class AgentFilter:
    """What the list is narrowed to."""

    state: AgentState | None = None
    contact: Contact | None = None
    version: str = ""
    text: str = ""
    person: int = 0


@dataclass(frozen=True, slots=True)
class AgentRow:
    """An agent in a list; ``tokens`` counts those it sees, ``person`` is whom it is bound to."""

    id: int
    uid: str
    name: str
    machine: str
    system: str
    user_name: str
    version: str
    state: AgentState
    asked_at: datetime
    last_contact: datetime | None
    address: str
    person_id: PersonId | None
    person: str
    comment: str
    tokens: int


@dataclass(frozen=True, slots=True)
class AgentCard:
    """One agent: its row, its certificate, and who let it in."""

    row: AgentRow
    certificate_serial: str
    certificate_not_after: datetime | None
    enrolled_at: datetime | None
    decided_at: datetime | None
    decided_by: str
    person_login: str


_TOKENS: Final = (
    select(func.count())
    .where(AgentToken.agent_id == Agent.id, AgentToken.present.is_(True))
    .correlate(Agent)
    .scalar_subquery()
)
_ROWS: Final = (
    select(Agent.id, Agent.uid, Agent.name, Agent.machine, Agent.system, Agent.user_name, Agent.version, Agent.state)
    .add_columns(Agent.asked_at, Agent.last_contact, Agent.address, Agent.person_id, Agent.comment)
    .add_columns(Person.name.label("person"), _TOKENS.label("tokens"))
    .outerjoin(Person, Person.id == Agent.person_id)
)
_CARD: Final = _ROWS.add_columns(
    *(Agent.certificate_serial, Agent.certificate_not_after, Agent.enrolled_at, Agent.decided_at, Agent.decided_by),
    Person.login.label("person_login"),
)


def list_agents(
    connection: Connection, wanted: AgentFilter, now: datetime, *, after: str | None = None, size: int = PAGE_SIZE
) -> Page[AgentRow]:
    """One page of agents, newest first."""
    tests = _tests(connection, wanted, now)
    page = _ROWS.where(*tests).order_by(Agent.id.desc()).limit(size + 1)
    if after is not None:
        page = page.where(Agent.id < decode(after, int)[0])
    rows, more = cut(connection.execute(page).all(), size)
    count = capped_count(connection, select(Agent.id).where(*tests))
    return Page(tuple(map(_row, rows)), encode(rows[-1].id) if more else None, count)


def agents_of(connection: Connection, person: int) -> tuple[AgentRow, ...]:
    """The workstations of a person that were let in, by name."""
    mine = (Agent.person_id == person, Agent.state == AgentState.ACCEPTED)
    rows = connection.execute(_ROWS.where(*mine).order_by(Agent.name, Agent.id).limit(PAGE_SIZE))
    return tuple(map(_row, rows))


def agent_card(connection: Connection, number: int) -> AgentCard:
    """The agent with this number; raises NotFound."""
    row = connection.execute(_CARD.where(Agent.id == number)).one_or_none()
    if row is None:
        raise NotFound("agent", id=str(number))
    return AgentCard(
        row=_row(row),
        certificate_serial=row.certificate_serial or "",
        certificate_not_after=row.certificate_not_after,
        enrolled_at=row.enrolled_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        person_login=row.person_login or "",
    )


def agent_versions(connection: Connection) -> tuple[str, ...]:
    """The versions of the program that are about, newest first as text goes."""
    query = select(Agent.version).where(Agent.version != "").distinct().order_by(Agent.version.desc())
    return tuple(connection.execute(query.limit(_SOME_VERSIONS)).scalars())


def agents_waiting(connection: Connection) -> int:
    """How many ask to be let in."""
    query = select(func.count()).select_from(Agent).where(Agent.state == AgentState.WAITING)
    return connection.execute(query).scalar_one()


def silent_since(moment: datetime | BindParameter[Any]) -> tuple[ColumnElement[bool], ...]:
    """Agents that may ask for work and have not since then."""
    return (
        Agent.state == AgentState.ACCEPTED,
        or_(Agent.last_contact.is_(None), Agent.last_contact < moment),
    )


def _tests(connection: Connection, wanted: AgentFilter, now: datetime) -> list[ColumnElement[bool]]:
    tests: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        tests.append(Agent.state == wanted.state)
    if wanted.contact is not None:
        tests += _heard(wanted.contact, now)
    if wanted.version:
        tests.append(Agent.version == wanted.version)
    if wanted.person:
        tests.append(Agent.person_id == wanted.person)
    if words := typed_words(wanted.text):
        tests.append(_about(connection, wanted.text, words))
    return tests


def _heard(contact: Contact, now: datetime) -> tuple[ColumnElement[bool], ...]:
    if contact is Contact.NOW:
        return (Agent.state == AgentState.ACCEPTED, Agent.last_contact >= now - LISTENING)
    return silent_since(now - (SILENT_FOR_AN_HOUR if contact is Contact.HOUR else SILENT_FOR_A_WEEK))


def _about(connection: Connection, text: str, words: tuple[str, ...]) -> ColumnElement[bool]:
    """Its name, its machine or its user; the person it is bound to; a token it sees."""
    # SQLite knows no case of Cyrillic letters: names are tried as people write them
    tried = dict.fromkeys((text, text.lower(), text.upper(), text.capitalize(), text.title()))
    likes = (f"%{_escaped(one)}%" for one in tried)
    columns = (Agent.name, Agent.machine, Agent.user_name, Agent.comment)
    named = [column.like(like, escape="/") for like in likes for column in columns]
    bound = Agent.person_id.in_(people_hit(connection, words, _SOME_PEOPLE))
    sees = exists().where(AgentToken.agent_id == Agent.id, begins_with(AgentToken.serial, text))
    return or_(*named, bound, sees)


def _escaped(text: str) -> str:
    return text.replace("/", "//").replace("%", "/%").replace("_", "/_")


def _row(row: AnyRow) -> AgentRow:
    return AgentRow(
        id=row.id,
        uid=row.uid,
        name=row.name,
        machine=row.machine,
        system=row.system,
        user_name=row.user_name,
        version=row.version,
        state=row.state,
        asked_at=row.asked_at,
        last_contact=row.last_contact,
        address=row.address,
        person_id=None if row.person_id is None else PersonId(row.person_id),
        person=row.person or "",
        comment=row.comment,
        tokens=row.tokens,
    )
