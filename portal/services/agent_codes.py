"""One-time codes: made by an administrator, shown once, good for one workstation."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, insert, select, update

from portal.db.models import AgentCode
from portal.db.transaction import Database
from portal.domain.agent_codes import BadCode, OneTimeCode, new_code, read_code
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict, Forbidden, InvalidInput
from portal.domain.ids import AgentId, PersonId
from portal.ports.agent_trust import AgentAuthority
from portal.ports.clock import Clock
from portal.services.audit import record

LIFE: Final = timedelta(hours=24)
LONGEST_LIFE: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class MadeCode:
    """A code just made; ``text`` is told now and never again."""

    id: int
    text: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OpenCode:
    """A code that may still be used, or was used by ``agent``."""

    id: int
    made_by: str
    person: PersonId | None
    comment: str
    agent: AgentId | None


class AgentCodes:
    """Makes and withdraws codes."""

    def __init__(self, database: Database, clock: Clock, authority: AgentAuthority) -> None:
        self._database = database
        self._clock = clock
        self._authority = authority

    def make(self, *, by: str, comment: str = "", person: PersonId | None = None, life: timedelta = LIFE) -> MadeCode:
        """A new code; the workstation it lets in is bound to ``person``."""
        if not timedelta() < life <= LONGEST_LIFE:
            raise InvalidInput({"life": "out_of_range"})
        code, now = new_code(self._authority.fingerprint()), self._clock.now()
        times = {"made_by": by, "made_at": now, "expires_at": now + life}
        values = {"code_hash": code.digest, "person_id": person, "comment": comment[:500], **times}
        with self._database.begin() as connection:
            made = connection.execute(insert(AgentCode).values(values).returning(AgentCode.id)).scalar_one()
            what: dict[str, str | int] = {"until": (now + life).isoformat(), "comment": comment}
            if person is not None:
                what["person"] = person
            record(connection, AuditTag.AGENT_CODE_MADE, actor=by, subject=f"agent_code:{made}", now=now, **what)
        return MadeCode(made, code.text, now + life)

    def withdraw(self, number: int, *, by: str) -> None:
        """Make a code worthless; raises Conflict when it was used, withdrawn or forgotten before."""
        now = self._clock.now()
        unused = (AgentCode.id == number) & AgentCode.used_at.is_(None) & AgentCode.withdrawn_at.is_(None)
        with self._database.begin() as connection:
            done = connection.execute(update(AgentCode).where(unused).values(withdrawn_at=now))
            if not done.rowcount:
                raise Conflict("agent_code_over")
            record(connection, AuditTag.AGENT_CODE_WITHDRAWN, actor=by, subject=f"agent_code:{number}", now=now)


def typed(text: str, fingerprint: str) -> OneTimeCode:
    """The code a workstation came with; raises Forbidden for one of another portal, and for what is none."""
    try:
        code = read_code(text)
    except BadCode as error:
        raise Forbidden("agent_code_wrong") from error
    if code.fingerprint != fingerprint:
        raise Forbidden("agent_code_of_another_portal")
    return code


def find(connection: Connection, code: OneTimeCode, now: datetime) -> OpenCode:
    """The code, held until the caller's transaction ends; raises Forbidden unless it is good or was used."""
    own = AgentCode
    query = select(own.id, own.made_by, own.person_id, own.comment, own.agent_id, own.expires_at, own.withdrawn_at)
    row = connection.execute(query.where(own.code_hash == code.digest).with_for_update()).one_or_none()
    if row is None or row.withdrawn_at is not None:
        raise Forbidden("agent_code_wrong")
    if row.expires_at <= now and row.agent_id is None:
        raise Forbidden("agent_code_expired")
    person = None if row.person_id is None else PersonId(row.person_id)
    agent = None if row.agent_id is None else AgentId(row.agent_id)
    return OpenCode(row.id, row.made_by, person, row.comment, agent)


def use(connection: Connection, code: OpenCode, agent: AgentId, now: datetime) -> None:
    """From now on it is this workstation's."""
    connection.execute(update(AgentCode).where(AgentCode.id == code.id).values(used_at=now, agent_id=agent))
