"""An update that waits until registers of the state have confirmed its holder, and how far they are."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from portal.db.queries.agent_task_rows import task_of_update
from portal.db.queries.identity_standing import IdentityStanding, identity_standing
from portal.db.queries.update_progress import StepView, UpdateProgress
from portal.domain.identity_check import IdentityService, Verdict, demanded_fields
from portal.domain.ids import PersonId
from portal.domain.outcomes import WaitingFor
from portal.domain.troubles import Trouble
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.domain.update_steps import StepKind
from portal.web.views_steps import current_step
from portal.web.words.runs import woken

#: Endings after which the data can be corrected.
CORRECTABLE: Final = frozenset({Verdict.REFUTED, Verdict.NOT_FOUND})


@dataclass(frozen=True, slots=True)
class IdentityWait:
    """Whose data must be confirmed by whom, and what has become of it; ``standing`` is None when nobody has asked.

    ``remote``: a workstation goes on with it afterwards.
    """

    progress: UpdateProgress
    person: PersonId
    services: frozenset[IdentityService]
    standing: IdentityStanding | None
    remote: bool

    @property
    def announced(self) -> bool:
        """Whether the certificate is made known to the holder's account afterwards."""
        return any(step.kind == StepKind.ANNOUNCE_CERTIFICATE for step in self.progress.steps)

    @property
    def demanded(self) -> frozenset[str]:
        """What the form must ask for."""
        return demanded_fields(self.services | ({IdentityService.ACCOUNT} if self.announced else set()))

    def form_due(self, now: datetime) -> bool:
        """Whether nothing goes on before somebody fills in the form: nobody asked, or what was confirmed lapsed."""
        if self.standing is None:
            return True
        why = self.progress.update.why
        lapsed = why is not None and why.trouble is Trouble.IDENTITY_NEEDED and not woken(self.progress, now)
        return self.standing.verdict is Verdict.CONFIRMED and lapsed

    def correctable(self) -> bool:
        """Whether other data may be asked about: a register has answered, and not confirmed."""
        return self.standing is not None and self.standing.verdict in CORRECTABLE


def identity_wait(connection: Connection, progress: UpdateProgress) -> IdentityWait | None:
    """What the update waits for, also while a worker is looking whether it still has to; None for other updates."""
    current = current_step(progress)
    if current is None or current.step is None or not (current.step.services and _waits(progress, current)):
        return None
    person, services = PersonId(current.step.person), current.step.services
    remote = task_of_update(connection, progress.update.id) is not None
    return IdentityWait(progress, person, services, identity_standing(connection, person, services), remote)


def _waits(progress: UpdateProgress, current: StepView) -> bool:
    row = progress.update
    if progress.finished or progress.unwinding is not None or row.cancel_requested:
        return False
    if row.status is UpdateStatus.WAITING:
        return row.waiting_for is WaitingFor.IDENTITY
    return row.status is UpdateStatus.RUNNING and _looked_at(current)


def _looked_at(current: StepView) -> bool:
    """Whether a worker is only looking again."""
    return current.kind == StepKind.CHECK_IDENTITY and current.status is StepStatus.WAITING
