"""One-time codes that may still let a workstation in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from portal.db.base import AnyRow
from portal.db.models import AgentCode, Person
from portal.domain.ids import PersonId

_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A code somebody made; what it says is known to nobody any more."""

    id: int
    made_by: str
    made_at: datetime
    expires_at: datetime
    person_id: PersonId | None
    person: str
    comment: str


def open_codes(connection: Connection, now: datetime) -> tuple[CodeRow, ...]:
    """Codes nobody used, withdrew or let expire, newest first."""
    query = (
        select(AgentCode.id, AgentCode.made_by, AgentCode.made_at, AgentCode.expires_at)
        .add_columns(AgentCode.person_id, Person.name, AgentCode.comment)
        .outerjoin(Person, Person.id == AgentCode.person_id)
        .where(AgentCode.used_at.is_(None), AgentCode.withdrawn_at.is_(None), AgentCode.expires_at > now)
        .order_by(AgentCode.id.desc())
        .limit(_SHOWN)
    )
    return tuple(map(_row, connection.execute(query)))


def _row(row: AnyRow) -> CodeRow:
    bound = None if row.person_id is None else PersonId(row.person_id)
    return CodeRow(row.id, row.made_by, row.made_at, row.expires_at, bound, row.name or "", row.comment)
