"""Where the check stands that an update waits for: the newest application that asks what must be asked."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from portal.db.models import IdentityApplication, IdentityQuestion
from portal.domain.identity_check import CheckState, IdentityService, RefutedBy, Verdict
from portal.domain.ids import PersonId


@dataclass(frozen=True, slots=True)
class RegisterStanding:
    """One register; ``since`` is when it came to be so, ``next_try`` when what was not taken is sent again."""

    question: int
    service: IdentityService
    state: CheckState
    refuted_by: RefutedBy | None
    since: datetime
    next_try: datetime | None


@dataclass(frozen=True, slots=True)
class IdentityStanding:
    """One application with all its registers, in the order of their catalogue."""

    id: int
    verdict: Verdict
    asked_by: str
    asked_at: datetime
    registers: tuple[RegisterStanding, ...]


def identity_standing(
    connection: Connection, person: PersonId, services: Collection[IdentityService]
) -> IdentityStanding | None:
    """The application an update that must have asked these registers goes by; None when there is none yet."""
    about = _APPLICATIONS.where(IdentityApplication.person_id == person, IdentityApplication.superseded_at.is_(None))
    wanted = {service.value for service in services}
    found = next((row for row in connection.execute(about) if wanted <= set(row.services)), None)
    if found is None:
        return None
    registers = _registers(connection, found.id, found.services, found.created_at)
    return IdentityStanding(found.id, found.verdict, found.ordered_by, found.created_at, registers)


def newest_application(connection: Connection, person: PersonId) -> int:
    """The number of the last application about somebody, whatever it asks; 0 when there is none."""
    return connection.execute(_NEWEST.where(IdentityApplication.person_id == person)).scalar() or 0


def _registers(
    connection: Connection, application: int, services: Collection[str], asked_at: datetime
) -> tuple[RegisterStanding, ...]:
    rows = connection.execute(_QUESTIONS.where(IdentityQuestion.application_id == application))
    found = {
        row.service: RegisterStanding(
            question=row.id,
            service=row.service,
            state=row.state,
            refuted_by=row.refuted_by,
            since=row.answered_at or row.sent_at or asked_at,
            next_try=row.wake_at if row.state is CheckState.QUEUED and row.attempts + row.repeats else None,
        )
        for row in rows
    }
    return tuple(found[service] for service in IdentityService if service in found and service.value in services)


_APPLICATIONS: Final = (
    select(
        IdentityApplication.id,
        IdentityApplication.services,
        IdentityApplication.verdict,
        IdentityApplication.ordered_by,
        IdentityApplication.created_at,
    )
    .order_by(IdentityApplication.id.desc())
    .limit(20)
)
_NEWEST: Final = select(IdentityApplication.id).order_by(IdentityApplication.id.desc()).limit(1)
_QUESTIONS: Final = select(
    IdentityQuestion.id,
    IdentityQuestion.service,
    IdentityQuestion.state,
    IdentityQuestion.refuted_by,
    IdentityQuestion.attempts,
    IdentityQuestion.repeats,
    IdentityQuestion.wake_at,
    IdentityQuestion.sent_at,
    IdentityQuestion.answered_at,
)
