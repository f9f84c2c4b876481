"""The journal in memory: the same words, the same refusals, no database."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict
from portal.domain.facts import Fact
from portal.domain.ids import DeviceId, UpdateId
from portal.domain.outcomes import Waiting, WaitingFor
from portal.domain.troubles import Trouble, Why, why
from portal.domain.update_state import STEP_TRANSITIONS, UPDATE_TRANSITIONS, StepStatus, UpdateStatus
from portal.domain.update_steps import Step
from portal.ports.journal import Claim, LeaseLost, Run, StepRecord, StoredReply
from tests.fakes.records import Records

IN_DOUBT = frozenset({StepStatus.INTENDED, StepStatus.UNDOING})

#: A claim that ends without one of these, and without parking, was lost.
PROGRESS = frozenset({StepStatus.DONE, StepStatus.REFUSED, StepStatus.UNDONE})

OUT_OF_REACH = {WaitingFor.TOKEN, WaitingFor.PIN, WaitingFor.AGENT}


@dataclass(slots=True)
class Row:
    """One update."""

    device: DeviceId
    serial: str
    login: str
    steps: list[StepRecord]
    status: UpdateStatus = UpdateStatus.ORDERED
    owner: str = ""
    lease_until: datetime | None = None
    fence: int = 0
    bells: int = 0
    attempts: int = 0
    wake_at: datetime | None = None
    waiting_for: WaitingFor | None = None
    why: Why | None = None
    unwinding: Why | None = None
    cancel_requested: bool = False
    sequence: int = 0
    applied: bool = False
    #: steps that are owed: when they are looked at next, and how often they were
    owed: dict[int, tuple[datetime, int]] = field(default_factory=dict)
    audit: list[tuple[AuditTag, int]] = field(default_factory=list)

    def due(self, now: datetime) -> bool:
        """Whether somebody may claim it."""
        match self.status:
            case UpdateStatus.ORDERED:
                return True
            case UpdateStatus.RUNNING:
                return self.lease_until is not None and self.lease_until <= now
            case UpdateStatus.WAITING:
                return self.wake_at is not None and self.wake_at <= now
            case _:
                return False

    def wish_counts(self, whom: WaitingFor) -> bool:
        """Whether a person's wish to stop, come while the run was about to wait, changes what it does next."""
        return self.cancel_requested and (self.unwinding is None or whom in OUT_OF_REACH)


class MemoryJournal:
    """Implements UpdateJournal, and what people do to a run."""

    def __init__(self) -> None:
        self.rows: dict[UpdateId, Row] = {}
        self.records: dict[DeviceId, Records] = {}
        #: steps a person settled
        self.told: set[int] = set()
        #: runs a person ended while they were stuck
        self.given_up: set[UpdateId] = set()

    # ── what people and the sweeper do ──

    def order(self, device: DeviceId, serial: str, login: str, steps: tuple[Step, ...]) -> UpdateId:
        """One active update of a device; the second comes too late."""
        for update, row in self.rows.items():
            if row.device == device and row.status.active:
                raise Conflict("update_under_way", update=str(update))
        update = UpdateId(len(self.rows) + 1)
        records = [StepRecord(seq, step, StepStatus.PENDING) for seq, step in enumerate(steps, 1)]
        self.rows[update] = Row(device, serial, login, records)
        self.records.setdefault(device, Records())
        self._write(self.rows[update], AuditTag.UPDATE_ORDERED, 0)
        return update

    def wake(self, update: UpdateId, now: datetime) -> None:
        row = self.rows[update]
        if row.status is UpdateStatus.WAITING:
            row.wake_at = now

    def ring(self, update: UpdateId) -> None:
        """Call a worker."""
        self.rows[update].bells += 1

    def cancel(self, update: UpdateId, now: datetime, *, leave_behind: bool = False) -> None:
        """Ask to stop; ``leave_behind`` gives up what an undo cannot reach."""
        row = self.rows[update]
        if not row.status.active:
            raise Conflict("update_over")
        if row.status is UpdateStatus.STUCK:
            raise Conflict("update_stuck")
        if leave_behind is not (row.unwinding is not None):
            raise Conflict("going_back" if row.unwinding else "not_going_back")
        row.cancel_requested = True
        self.wake(update, now)
        self._write(row, AuditTag.UPDATE_CANCEL_REQUESTED, 0)

    def settle(self, update: UpdateId, *, happened: bool, now: datetime) -> None:
        row = self.rows[update]
        if row.status is not UpdateStatus.STUCK:
            raise Conflict("not_stuck")
        for record in row.steps:
            if record.status in IN_DOUBT:
                self._set(row, record, record.status, settled=happened)
                self.told.add(record.seq)
        row.status, row.lease_until, row.attempts = UpdateStatus.RUNNING, now, 0
        self._write(row, AuditTag.UPDATE_SETTLED, 0)

    def give_up(self, update: UpdateId, now: datetime) -> None:
        row = self.rows[update]
        if row.status is not UpdateStatus.STUCK:
            raise Conflict("not_stuck")
        self.told |= {record.seq for record in row.steps if record.status not in {StepStatus.PENDING, StepStatus.DONE}}
        self.given_up.add(update)
        row.unwinding, row.cancel_requested = why(Trouble.GIVEN_UP), True
        row.status, row.lease_until, row.attempts = UpdateStatus.RUNNING, now, 0
        self._write(row, AuditTag.UPDATE_SETTLED, 0)

    # ── the port ──

    def claim(self, update: UpdateId, *, owner: str, now: datetime, lease: timedelta) -> Run | None:
        row = self.rows.get(update)
        if row is None or not row.due(now):
            return None
        attempts = row.attempts
        row.status, row.owner, row.lease_until = UpdateStatus.RUNNING, owner, now + lease
        row.fence += 1
        row.attempts += 1
        row.wake_at = row.waiting_for = row.why = None
        self._write(row, AuditTag.UPDATE_CLAIMED, 0)
        return Run(
            claim=Claim(update, owner, row.fence, row.bells),
            device=row.device,
            serial=row.serial,
            login=row.login,
            steps=tuple(row.steps),
            attempts=attempts,
            unwinding=row.unwinding,
            cancel_requested=row.cancel_requested,
        )

    def renew(self, claim: Claim, *, now: datetime, lease: timedelta) -> None:
        self._held(claim).lease_until = now + lease

    def cancel_requested(self, claim: Claim) -> bool:
        return self._held(claim).cancel_requested

    def intend(self, claim: Claim, seq: int, *, now: datetime) -> None:
        self._intend(claim, seq, now)

    def _intend(self, claim: Claim, seq: int, now: datetime) -> None:
        self._move(claim, seq, StepStatus.INTENDED, AuditTag.STEP_INTENDED, intended_at=now)

    def finish(
        self, claim: Claim, seq: int, *, reply: StoredReply, facts: tuple[Fact, ...], then: int, now: datetime
    ) -> bool:
        row = self._move(claim, seq, StepStatus.DONE, AuditTag.STEP_DONE, reply=reply)
        self._apply(row, facts)
        goes_on = then > 0 and not row.cancel_requested
        if goes_on:
            self._intend(claim, then, now)
        return goes_on

    def retry_step(self, claim: Claim, seq: int, *, now: datetime) -> None:
        self._move(claim, seq, StepStatus.PENDING, AuditTag.STEP_ABSENT)

    def park(self, claim: Claim, seq: int, waiting: Waiting, *, accepted: bool, now: datetime) -> bool:
        row = self._held(claim)
        record = row.steps[seq - 1]
        if accepted:
            self._check(record, StepStatus.WAITING)
            row.steps[seq - 1] = StepRecord(
                seq, record.step, StepStatus.WAITING, record.reply, waiting.ticket, waiting.why
            )
        else:
            self._set(row, record, record.status, settled=None, why=waiting.why)
        called = waiting.whom is WaitingFor.AGENT and row.bells > claim.bell
        row.wake_at = now if called or row.wish_counts(waiting.whom) else waiting.look_again_at
        row.status, row.waiting_for = UpdateStatus.WAITING, waiting.whom
        row.why, row.attempts, row.lease_until, row.owner = waiting.why, 0, None, ""
        self._write(row, AuditTag.STEP_WAITING if accepted else AuditTag.UPDATE_WAITING, seq)
        return called

    def refuse(self, claim: Claim, seq: int, why: Why, *, now: datetime) -> None:
        row = self._move(claim, seq, StepStatus.REFUSED, AuditTag.STEP_REFUSED, why=why)
        row.unwinding, row.cancel_requested = row.unwinding or why, False

    def unwind(self, claim: Claim, why: Why, *, now: datetime) -> None:
        row = self._held(claim)
        row.unwinding, row.cancel_requested = why, False
        self._write(row, AuditTag.UPDATE_UNWINDING, 0)

    def intend_undo(self, claim: Claim, seq: int, *, now: datetime) -> None:
        self._move(claim, seq, StepStatus.UNDOING, AuditTag.STEP_UNDOING)

    def finish_undo(
        self, claim: Claim, seq: int, *, facts: tuple[Fact, ...], now: datetime, owed: bool = False
    ) -> None:
        row = self._move(claim, seq, StepStatus.UNDONE, AuditTag.STEP_OWED if owed else AuditTag.STEP_UNDONE)
        self._apply(row, facts)
        if owed:
            row.owed[seq] = (now, 0)

    def get_stuck(self, claim: Claim, seq: int, why: Why, *, now: datetime) -> None:
        row = self._held(claim)
        if seq:
            self._set(row, row.steps[seq - 1], row.steps[seq - 1].status, settled=None, why=why)
        row.why = why
        self._end(row, UpdateStatus.STUCK, AuditTag.UPDATE_STUCK, seq)

    def end(self, claim: Claim, status: UpdateStatus, why: Why | None, *, now: datetime) -> None:
        row = self._held(claim)
        row.why, row.applied = why, status is UpdateStatus.COMPLETED
        self._end(row, status, AuditTag(f"worker:update:{status.value}"), 0)

    def note(self, row: Row, tag: AuditTag, seq: int, facts: tuple[Fact, ...]) -> None:
        """What became true of a run after it ended."""
        self._apply(row, facts)
        self._write(row, tag, seq)

    # ── inside ──

    def _held(self, claim: Claim) -> Row:
        row = self.rows[claim.update]
        if row.status is not UpdateStatus.RUNNING or row.fence != claim.fence:
            raise LeaseLost(claim.update)
        return row

    def _move(
        self,
        claim: Claim,
        seq: int,
        to: StepStatus,
        tag: AuditTag,
        *,
        reply: StoredReply | None = None,
        why: Why | None = None,
        intended_at: datetime | None = None,
    ) -> Row:
        row = self._held(claim)
        record = row.steps[seq - 1]
        self._check(record, to)
        said = reply if reply is not None else record.reply
        intended = intended_at or record.intended_at
        # in full: `replace` takes three times as long, and a hundred thousand updates make five million of them
        row.steps[seq - 1] = StepRecord(seq, record.step, to, said, record.ticket, why or record.why, None, intended)
        if to in PROGRESS:
            row.attempts = 0
        self._write(row, tag, seq)
        return row

    @staticmethod
    def _check(record: StepRecord, to: StepStatus) -> None:
        if to not in STEP_TRANSITIONS[record.status]:
            raise ValueError(f"{record.status} may not become {to}")

    @staticmethod
    def _set(row: Row, record: StepRecord, status: StepStatus, *, settled: bool | None, why: Why | None = None) -> None:
        row.steps[record.seq - 1] = replace(record, status=status, why=why or record.why, settled=settled)

    def _apply(self, row: Row, facts: tuple[Fact, ...]) -> None:
        records = self.records[row.device]
        for fact in facts:
            records.apply(fact)

    def _end(self, row: Row, status: UpdateStatus, tag: AuditTag, seq: int) -> None:
        if status not in UPDATE_TRANSITIONS[row.status]:
            raise ValueError(f"{row.status} may not become {status}")
        row.status, row.owner, row.lease_until = status, "", None
        self._write(row, tag, seq)

    @staticmethod
    def _write(row: Row, tag: AuditTag, seq: int) -> None:
        row.sequence += 1
        row.audit.append((tag, seq))
