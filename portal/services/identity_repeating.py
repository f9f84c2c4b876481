"""Registers that did not answer are asked again by themselves, less and less often, while somebody waits for them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, func, or_, select

from portal.db.models import IS_UNSETTLED, Device, IdentityApplication, IdentityMessage, IdentityQuestion, Update
from portal.db.transaction import Database
from portal.domain.errors import PortalError
from portal.domain.identity_check import CheckState
from portal.domain.outcomes import WaitingFor
from portal.domain.update_state import UpdateStatus
from portal.ports.clock import Clock
from portal.services.identity_checks import IdentityChecks

#: After the first silence; twice as long after each further one.
FIRST_PATIENCE: Final = timedelta(days=1)
LONGEST_PATIENCE: Final = timedelta(days=7)
#: What cannot be written for this register is not written better tomorrow.
_FOR_GOOD: Final = "unwritable:%"
_AT_ONCE: Final = 100
_BY_ITSELF: Final = "identity"


def patience_after(messages: int) -> timedelta:
    """How long to wait after so many messages that were not answered."""
    return min(FIRST_PATIENCE * (1 << min(max(messages - 1, 0), 8)), LONGEST_PATIENCE)


@dataclass(frozen=True, slots=True)
class IdentityRepeating:
    """Asks as an operator would; an answer to an earlier message counts whenever it comes."""

    database: Database
    clock: Clock
    checks: IdentityChecks

    def ask_silent_again(self) -> int:
        """Ask those whose time has come; answers how many."""
        with self.database.read() as connection:
            due = _due(connection, self.clock.now())
        return sum(self._repeat(number) for number in due)

    def _repeat(self, question: int) -> bool:
        try:
            self.checks.repeat(question, actor=_BY_ITSELF)
        except PortalError:  # answered or superseded since we looked
            return False
        return True


def _due(connection: Connection, now: datetime) -> list[int]:
    latest = now - FIRST_PATIENCE
    rows = connection.execute(_SILENT.where(IdentityQuestion.answered_at <= latest).limit(_AT_ONCE))
    return [row.id for row in rows if row.answered_at + patience_after(row.messages) <= now]


_MESSAGES: Final = (
    select(func.count())
    .where(IdentityMessage.question_id == IdentityQuestion.id)
    .correlate(IdentityQuestion)
    .scalar_subquery()
)
_AWAITED: Final = (
    select(Update.id)
    .join(Device, Device.id == Update.device_id)
    .where(Device.holder_id == IdentityApplication.person_id)
    .where(Update.status == UpdateStatus.WAITING, Update.waiting_for == WaitingFor.IDENTITY)
    .correlate(IdentityApplication)
    .exists()
)
_SILENT: Final = (
    select(IdentityQuestion.id, IdentityQuestion.answered_at, _MESSAGES.label("messages"))
    .join(IdentityApplication, IdentityApplication.id == IdentityQuestion.application_id)
    .where(IS_UNSETTLED, IdentityApplication.sealed.is_not(None), _AWAITED)
    .where(IdentityQuestion.state == CheckState.NO_ANSWER)
    .where(or_(IdentityQuestion.trouble.is_(None), ~IdentityQuestion.trouble.like(_FOR_GOOD)))
    .order_by(IdentityQuestion.answered_at)
)
