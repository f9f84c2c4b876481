"""What the engine is told of an identity check: confirmed, or whom and what it waits for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, insert, select

from portal.db.base import AnyRow
from portal.db.models import IdentityApplication, IdentityQuestion, Person
from portal.db.transaction import Database
from portal.domain.identity_agreement import disagreements
from portal.domain.identity_check import CheckState, IdentityService, Verdict, still_valid
from portal.domain.outcomes import Done, Outcome, Waiting, WaitingFor
from portal.domain.troubles import Trouble, why
from portal.ports.clock import Clock
from portal.ports.identity_check import Confirmation, IdentityOrder
from portal.ports.information_kinds import MadeCertificate
from portal.ports.vault import Vault
from portal.services.identity_rows import open_claim

#: Whoever waits is woken by the verdict. This is for a bell that was lost, and for a verdict that came while a worker
#: was about to park: the longer ago something was asked or decided, the longer until the next look.
_SOONEST: Final = timedelta(seconds=5)
_LATEST: Final = timedelta(hours=1)
#: The clock of the host that decided may be ahead of ours by this much.
_AHEAD: Final = timedelta(minutes=2)
_TROUBLES: Final = {
    Verdict.PENDING: Trouble.IDENTITY_ASKED,
    Verdict.REFUTED: Trouble.IDENTITY_REFUTED,
    Verdict.NOT_FOUND: Trouble.IDENTITY_NOT_FOUND,
    Verdict.NO_ANSWER: Trouble.IDENTITY_SILENT,
}


@dataclass(frozen=True, slots=True)
class IdentityVerdicts:
    """Implements ``IdentityChecker`` over the stored applications."""

    database: Database
    clock: Clock
    vault: Vault

    def check(self, order: IdentityOrder) -> Outcome[Confirmation]:
        """Confirmed while fresh and while the directory says the same of the person."""
        with self.database.read() as connection:
            row = self._newest(connection, order)
        now = self.clock.now()  # not before: what was decided while this was read would lie in the future
        if row is None or (row.verdict is Verdict.CONFIRMED and not self._holds(row, order, now)):
            return Waiting(WaitingFor.IDENTITY, why(Trouble.IDENTITY_NEEDED), now + _LATEST)
        if row.verdict is Verdict.CONFIRMED:
            return Done(Confirmation(row.id, row.decided_at))
        pause = min(max(now - (row.decided_at or row.created_at), _SOONEST), _LATEST)
        return Waiting(WaitingFor.IDENTITY, why(_TROUBLES[row.verdict]), now + pause, ticket=str(row.id))

    def announce(self, order: IdentityOrder, made: MadeCertificate) -> Outcome[str]:
        """Put the announcement into the queue, beside the questions of the confirmation it rests on."""
        now = self.clock.now()
        with self.database.begin() as connection:
            known = select(IdentityQuestion.id).where(IdentityQuestion.order_id == order.order_id)
            if (found := connection.execute(known).scalar()) is not None:
                return Done(str(found))
            row = self._newest(connection, order)
            if row is None:  # its data were deleted meanwhile: there is nothing left to tell with
                return Done("")
            values = {
                "application_id": row.id,
                "service": IdentityService.ACCOUNT,
                "state": CheckState.QUEUED,
                "wake_at": now,
                "order_id": order.order_id,
                "made": {
                    "serial": made.serial,
                    "issuer": made.issuer,
                    "not_before": made.not_before.isoformat(),
                    "not_after": made.not_after.isoformat(),
                },
            }
            added = insert(IdentityQuestion).values(values).returning(IdentityQuestion.id)
            return Done(str(connection.execute(added).scalar_one()))

    def _newest(self, connection: Connection, order: IdentityOrder) -> AnyRow | None:
        """The application about the person that asks every register that must be asked; the newest one."""
        query = _APPLICATIONS.where(IdentityApplication.person_id == order.person)
        rows = connection.execute(query.order_by(IdentityApplication.id.desc()).limit(20)).all()
        wanted = {service.value for service in order.services}
        return next((row for row in rows if wanted <= set(row.services)), None)

    def _holds(self, row: AnyRow, order: IdentityOrder, now: datetime) -> bool:
        claim = open_claim(self.vault, row)
        ahead = now < row.decided_at <= now + _AHEAD
        fresh = still_valid(row.decided_at, row.decided_at if ahead else now, order.validity)
        return fresh and claim is not None and not disagreements(claim, row.attributes)


_APPLICATIONS: Final = (
    select(
        IdentityApplication.id,
        IdentityApplication.services,
        IdentityApplication.verdict,
        IdentityApplication.created_at,
        IdentityApplication.decided_at,
        IdentityApplication.sealed,
        IdentityApplication.person_id,
        Person.attributes,
    )
    .join(Person, Person.id == IdentityApplication.person_id)
    .where(IdentityApplication.superseded_at.is_(None))
)
