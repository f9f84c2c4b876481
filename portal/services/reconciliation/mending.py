"""Doing what was decided about a finding: written down first, then done by the services that do it anyway."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, select, update

from portal.db.base import AnyRow
from portal.db.facts import FactWriter
from portal.db.models import Certificate, Device, DriftFinding, Update, UpdateStep
from portal.domain.audit import AuditTag
from portal.domain.certificate import Revocation
from portal.domain.drift import ALWAYS, Decision, DriftKind, DriftState, decisions, proposal
from portal.domain.errors import Conflict, InvalidInput, NotFound, OutsideUnavailable
from portal.domain.facts import CertificateWritten, Fact, LeftBehind
from portal.domain.ids import DeviceId, UpdateId
from portal.domain.outcomes import Done
from portal.ports.certificate_authority import RevocationOrder
from portal.services.audit import record
from portal.services.reconciliation.looking import Looking
from portal.services.reconciliation.using import order_use

REASON: Final = "cessationOfOperation"
HOLD: Final = "certificateHold"
#: What was decided and is not true yet is looked at again this often.
AGAIN: Final = timedelta(minutes=1)
AT_ONCE: Final = 20
_OWN: Final = DriftFinding
_OWED: Final = {
    (DriftKind.HALF_DONE, Decision.REVOKE),
    (DriftKind.ORDER_WAITING, Decision.WITHDRAW),
    (DriftKind.DEBT_OVERDUE, Decision.PAY),
}


@dataclass(frozen=True, slots=True)
class Mending:
    """What people, or the command line in their name, decide about findings."""

    looking: Looking

    def decide(self, number: int, decision: Decision, *, actor: str, comment: str = "") -> DriftState:
        """Write the decision down, do it, and look again; answers how the finding stands then.

        Raises NotFound, Conflict when the world or somebody else was quicker, InvalidInput without a needed comment.
        """
        if decision is not Decision.LOOK:
            self._write(number, decision, comment.strip(), actor=actor)
            self._tell_authority(number)
        if decision is not Decision.ACCEPT:
            self.looking.again(number)
        return DriftState(self.row(number).state)

    def propose(self, number: int) -> Decision:
        """What is best done about it now."""
        row = self.row(number)
        return proposal(row.kind, usable=row.usable)

    def follow(self) -> int:
        """Look again at what was decided and is not true yet; answers how many findings that closes."""
        due = self.looking.outside.clock.now() - AGAIN
        query = select(_OWN.id).where(_OWN.state == DriftState.MENDING, _OWN.seen_at <= due)
        with self.looking.database.read() as connection:
            numbers = list(connection.execute(query.order_by(_OWN.seen_at).limit(AT_ONCE)).scalars())
        return sum(self._follow(number) for number in numbers)

    def row(self, number: int) -> AnyRow:
        """The finding; raises NotFound."""
        with self.looking.database.read() as connection:
            row = connection.execute(select(_OWN.__table__).where(_OWN.id == number)).one_or_none()
        if row is None:
            raise NotFound("drift", id=str(number))
        return row

    def _follow(self, number: int) -> bool:
        now = self.looking.outside.clock.now()
        with self.looking.database.begin() as connection:  # whoever else looks now comes later
            connection.execute(update(_OWN).where(_OWN.id == number).values(seen_at=now))
        self._tell_authority(number)
        still = self.looking.again(number)
        if still:
            self._reopen(number)
        return still is False

    def _reopen(self, number: int) -> None:
        """The run that was to use it is over and has not: a person decides anew."""
        row = self.row(number)
        if row.mending_update_id is None or row.state is not DriftState.MENDING:
            return
        with self.looking.database.begin() as connection:
            over = select(Update.id).where(Update.id == row.mending_update_id, Update.finished_at.is_not(None))
            if connection.execute(over).first() is not None:
                back = {"state": DriftState.OPEN, "decision": None, "mending_update_id": None}
                connection.execute(update(_OWN).where(_OWN.id == number).values(**back))

    def _write(self, number: int, decision: Decision, comment: str, *, actor: str) -> None:
        now = self.looking.outside.clock.now()
        with self.looking.database.begin() as connection:
            row = connection.execute(select(_OWN.__table__).where(_OWN.id == number).with_for_update()).one_or_none()
            if row is None:
                raise NotFound("drift", id=str(number))
            _check(row, decision, comment)
            state = DriftState.ACCEPTED if decision is Decision.ACCEPT else DriftState.MENDING
            decided = {"decision": decision, "decided_by": actor, "decided_at": now, "comment": comment[:500]}
            done = _do(connection, row, decision, actor=actor, now=now)
            connection.execute(update(_OWN).where(_OWN.id == number).values(state=state, trouble="", **decided, **done))
            said: dict[str, str | int] = {"kind": row.kind.value, "decision": decision.value}
            if comment:
                said["comment"] = comment[:500]
            record(connection, AuditTag.DRIFT_DECIDED, actor=actor, subject=f"drift:{number}", now=now, **said)

    def _tell_authority(self, number: int) -> None:
        """A revocation that was lost is asked for again; asked twice it is done once."""
        row = self.row(number)
        lost = (row.state, row.kind, row.decision)
        if lost != (DriftState.MENDING, DriftKind.REVOCATION_LOST, Decision.REVOKE):
            return None
        held = row.said.get("row_says") == Revocation.ON_HOLD.value
        order = RevocationOrder(f"drift-{number}", row.serial, HOLD if held else REASON)
        try:
            ca = self.looking.outside.authorities.get(row.ca)
            outcome = ca.revoke(order) if ca is not None else None
        except OutsideUnavailable as error:
            return self._trouble(number, error.code)
        if outcome is None:
            return self._trouble(number, "ca_unknown")
        return None if isinstance(outcome, Done) else self._trouble(number, outcome.why.trouble.value)

    def _trouble(self, number: int, code: str) -> None:
        with self.looking.database.begin() as connection:
            connection.execute(update(_OWN).where(_OWN.id == number).values(trouble=code[:200]))


def _check(row: AnyRow, decision: Decision, comment: str) -> None:
    if row.state is DriftState.CLOSED or decision not in decisions(row.kind, usable=row.usable):
        raise Conflict("drift_changed")
    if row.state is DriftState.MENDING and decision not in ALWAYS:
        # what is being written to a token must not be revoked, nor the other way round
        raise Conflict("drift_decided", by=row.decided_by)
    if decision is Decision.ACCEPT and not comment:
        raise InvalidInput({"comment": "required"})


def _do(connection: Connection, row: AnyRow, decision: Decision, *, actor: str, now: datetime) -> dict[str, Any]:
    """What is done in our own rows, in the transaction of the decision; what else the finding keeps of it."""
    if (row.kind, decision) in _OWED:
        _owe(connection, row, now)
    match decision:
        case Decision.USE:
            return {"mending_update_id": order_use(connection, row, actor=actor, now=now)}
        case Decision.BELIEVE:
            there = Revocation(row.said["there"])
            mine = update(Certificate).where(Certificate.id == row.certificate_id)
            connection.execute(mine.values(revocation=there))
            _judge(connection, row, now)
        case Decision.KEEP:
            _apply(connection, row, CertificateWritten(row.said["fingerprint"]), now)
            _judge(connection, row, now)
        case Decision.CLEAN:
            _apply(connection, row, LeftBehind(row.said["key_id"], row.said["fingerprint"] or None), now)
            _judge(connection, row, now)
        case Decision.REVIEW:
            _judge(connection, row, now)
        case _:
            pass
    return {}


def _owe(connection: Connection, row: AnyRow, now: datetime) -> None:
    """Its undo is a debt from now on: the authority is asked, and what it issued is revoked or taken back."""
    runs = {row.update_id, row.mending_update_id} - {None}
    over = select(Update.id).where(Update.id.in_(runs), Update.finished_at.is_not(None))
    if not runs or len(connection.execute(over).all()) < len(runs):
        raise Conflict("drift_changed")
    mine = (UpdateStep.update_id == row.update_id, UpdateStep.seq == row.seq)
    connection.execute(update(UpdateStep).where(*mine).values(owed_at=now, owed_looks=0))


def _judge(connection: Connection, row: AnyRow, now: datetime) -> None:
    connection.execute(update(Device).where(Device.id == row.device_id).values(next_check_at=now))


def _apply(connection: Connection, row: AnyRow, fact: Fact, now: datetime) -> None:
    FactWriter(connection, DeviceId(row.device_id), UpdateId(row.update_id), now).apply(fact)
