"""The journal of updates in the database: each method one short transaction, by compare-and-set under a fence."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from portal.db import audit_chain, register_news
from portal.db import journal_statements as sql
from portal.db.base import AnyRow
from portal.db.facts import FactWriter
from portal.db.prepared import Prepared
from portal.db.transaction import Database
from portal.domain import codec
from portal.domain.audit import AuditEvent, AuditTag
from portal.domain.facts import Fact
from portal.domain.ids import DeviceId, UpdateId
from portal.domain.outcomes import Waiting, WaitingFor
from portal.domain.run_kind import RunKind
from portal.domain.troubles import Why
from portal.domain.update_state import UpdateStatus
from portal.domain.update_steps import Step
from portal.ports.journal import Claim, LeaseLost, Run, StepRecord, StoredReply
from portal.ports.queue import ProgressFeed

ENDED: Final = {
    UpdateStatus.COMPLETED: AuditTag.UPDATE_COMPLETED,
    UpdateStatus.FAILED: AuditTag.UPDATE_FAILED,
    UpdateStatus.CANCELLED: AuditTag.UPDATE_CANCELLED,
}


@dataclass(slots=True)
class _Writing:
    """One transaction on one update."""

    connection: Connection
    claim: Claim
    now: datetime
    row: Any = None

    def hold(self, statement: Prepared, **values: Any) -> AnyRow:
        """Change the update if the claim still holds; raises LeaseLost otherwise."""
        bound = {"b_id": self.claim.update, "b_fence": self.claim.fence, **values}
        self.row = statement.run(self.connection, bound).one_or_none()
        if self.row is None:
            raise LeaseLost(self.claim.update)
        held: AnyRow = self.row
        return held

    def move(self, statement: Prepared, seq: int, **values: Any) -> None:
        """Move a step to another status; ValueError when its present one does not allow it."""
        bound = {"b_id": self.claim.update, "b_seq": seq, **values}
        if statement.run(self.connection, bound).rowcount != 1:
            raise ValueError(f"step {seq} of update {self.claim.update} may not become that now")

    def advance(self, seq: int, then: int, **values: Any) -> None:
        """One step is done and the next intended; ValueError when either may not become that."""
        bound = {"b_id": self.claim.update, "b_seq": seq, "b_then": then, **values}
        if sql.ADVANCE.run(self.connection, bound).rowcount != 2:  # noqa: PLR2004  the two of them
            raise ValueError(f"steps {seq} and {then} of update {self.claim.update} may not become that now")

    def facts(self, facts: tuple[Fact, ...]) -> None:
        """Make the rows say what became true."""
        writer = FactWriter(self.connection, self.row.device_id, self.claim.update, self.now)
        for fact in facts:
            writer.apply(fact)

    def audit(self, *changes: tuple[AuditTag, int], why: Why | None = None) -> None:
        """A line for each change, with the step it is about."""
        audit_chain.append_all(self.connection, [self._event(tag, seq, why) for tag, seq in changes], self.now)

    def _event(self, tag: AuditTag, seq: int, why: Why | None) -> AuditEvent:
        said: dict[str, str | int] = {"step": seq} if seq else {}
        subject = f"update:{self.claim.update}"
        if why is not None:
            said["trouble"] = why.trouble.value
        return AuditEvent(tag, self.claim.owner, subject, said, subject)


class SqlUpdateJournal:
    """Implements portal.ports.journal.UpdateJournal on SQLite and PostgreSQL."""

    def __init__(self, database: Database, feed: ProgressFeed) -> None:
        self._database = database
        self._feed = feed

    @contextmanager
    def _write(self, claim: Claim, now: datetime) -> Iterator[_Writing]:
        """A transaction whose progress is announced once it is in."""
        with self._database.begin() as connection:
            writing = _Writing(connection, claim, now)
            yield writing
        self._feed.announce(claim.update, writing.row.sequence)

    def claim(self, update: UpdateId, *, owner: str, now: datetime, lease: timedelta) -> Run | None:
        """Take the update; None when somebody else has it, it is not due, or it is over."""
        bound = {"b_id": update, "b_owner": owner, "b_now": now, "b_until": now + lease}
        with self._database.begin() as connection:
            row = sql.CLAIM.run(connection, bound).one_or_none()
            if row is None:
                return None
            run = _run(connection, row, Claim(update, owner, row.fence, row.run_no))
            _Writing(connection, run.claim, now).audit((AuditTag.UPDATE_CLAIMED, 0))
        self._feed.announce(update, row.sequence)
        return run

    def renew(self, claim: Claim, *, now: datetime, lease: timedelta) -> None:
        """Prolong the lease."""
        with self._database.begin() as connection:
            _Writing(connection, claim, now).hold(sql.RENEW, b_until=now + lease)

    def cancel_requested(self, claim: Claim) -> bool:
        """Whether a person asked to stop."""
        bound = {"b_id": claim.update, "b_fence": claim.fence}
        with self._database.read() as connection:
            asked = sql.ASKED_TO_STOP.run(connection, bound).scalar_one_or_none()
        if asked is None:
            raise LeaseLost(claim.update)
        return bool(asked)

    def intend(self, claim: Claim, seq: int, *, now: datetime) -> None:
        """Commit the intent."""
        with self._write(claim, now) as writing:
            writing.hold(sql.TOUCH)
            writing.move(sql.TO_INTENDED, seq, b_now=now)
            writing.audit((AuditTag.STEP_INTENDED, seq))

    def finish(
        self, claim: Claim, seq: int, *, reply: StoredReply, facts: tuple[Fact, ...], then: int, now: datetime
    ) -> bool:
        """Commit the outcome and what became true, and with it the next intent."""
        with self._write(claim, now) as writing:
            row = writing.hold(sql.PROGRESS, b_next=min(then, 1))
            goes_on = then > 0 and not row.cancel_requested
            if goes_on:
                writing.advance(seq, then, b_now=now, b_reply=dict(reply))
            else:
                writing.move(sql.TO_DONE, seq, b_now=now, b_reply=dict(reply))
            writing.facts(facts)
            intended = ((AuditTag.STEP_INTENDED, then),) if goes_on else ()
            writing.audit((AuditTag.STEP_DONE, seq), *intended)
        return goes_on

    def retry_step(self, claim: Claim, seq: int, *, now: datetime) -> None:
        """Nothing happened: it may be done again."""
        with self._write(claim, now) as writing:
            writing.hold(sql.TOUCH)
            writing.move(sql.TO_PENDING, seq)
            writing.audit((AuditTag.STEP_ABSENT, seq))

    def park(self, claim: Claim, seq: int, waiting: Waiting, *, accepted: bool, now: datetime) -> bool:
        """Give the lease up until somebody or something moves the run on."""
        why = codec.to_json(waiting.why)
        with self._write(claim, now) as writing:
            until = {"b_now": now, "b_wake": waiting.look_again_at, "b_bell": claim.bell}
            row = writing.hold(sql.PARK, b_whom=waiting.whom, b_why=why, **until)
            if accepted:
                writing.move(sql.TO_WAITING, seq, b_why=why, b_ticket=waiting.ticket)
            else:
                sql.NOTE_STEP.run(writing.connection, {"b_id": claim.update, "b_seq": seq, "b_why": why})
            if waiting.whom is WaitingFor.CA:
                sql.DEVICE_PENDS.run(writing.connection, {"b_device": row.device_id})
            writing.audit((AuditTag.STEP_WAITING if accepted else AuditTag.UPDATE_WAITING, seq), why=waiting.why)
        return waiting.whom is WaitingFor.AGENT and bool(row.run_no > claim.bell)

    def refuse(self, claim: Claim, seq: int, why: Why, *, now: datetime) -> None:
        """The step is refused for good and the run goes back."""
        stored = codec.to_json(why)
        with self._write(claim, now) as writing:
            writing.hold(sql.REFUSED, b_why=stored)
            writing.move(sql.TO_REFUSED, seq, b_now=now, b_why=stored)
            writing.audit((AuditTag.STEP_REFUSED, seq), why=why)

    def unwind(self, claim: Claim, why: Why, *, now: datetime) -> None:
        """The run goes back."""
        with self._write(claim, now) as writing:
            writing.hold(sql.TURN_BACK, b_why=codec.to_json(why))
            writing.audit((AuditTag.UPDATE_UNWINDING, 0), why=why)

    def intend_undo(self, claim: Claim, seq: int, *, now: datetime) -> None:
        """Commit the intent to undo."""
        with self._write(claim, now) as writing:
            writing.hold(sql.TOUCH)
            writing.move(sql.TO_UNDOING, seq, b_now=now)
            writing.audit((AuditTag.STEP_UNDOING, seq))

    def finish_undo(
        self, claim: Claim, seq: int, *, facts: tuple[Fact, ...], now: datetime, owed: bool = False
    ) -> None:
        """Commit that it is gone, or owed."""
        with self._write(claim, now) as writing:
            writing.hold(sql.PROGRESS, b_next=0)
            writing.move(sql.TO_UNDONE, seq, b_owed=now if owed else None)
            writing.facts(facts)
            writing.audit((AuditTag.STEP_OWED if owed else AuditTag.STEP_UNDONE, seq))

    def get_stuck(self, claim: Claim, seq: int, why: Why, *, now: datetime) -> None:
        """Ask a person."""
        stored = codec.to_json(why)
        with self._write(claim, now) as writing:
            writing.hold(sql.STUCK, b_why=stored)
            sql.NOTE_STEP.run(writing.connection, {"b_id": claim.update, "b_seq": seq, "b_why": stored})
            writing.audit((AuditTag.UPDATE_STUCK, seq), why=why)

    def end(self, claim: Claim, status: UpdateStatus, why: Why | None, *, now: datetime) -> None:
        """It is over; a completed one marks its policy as applied, the device is reviewed, its registers hear of it."""
        with self._write(claim, now) as writing:
            row = writing.hold(sql.END, b_status=status, b_why=codec.to_json(why) if why else None, b_now=now)
            device = {"b_device": row.device_id, "b_now": now}
            if status is UpdateStatus.COMPLETED and row.kind is RunKind.UPDATE:
                applied = {"b_policy": row.policy_id, "b_version": row.policy_version}
                sql.DEVICE_UPDATED.run(writing.connection, device | applied)
            else:
                cleaned = status is UpdateStatus.COMPLETED and row.kind is RunKind.CLEAN
                (sql.DEVICE_CLEANED if cleaned else sql.DEVICE_ENDS).run(writing.connection, device)
            register_news.spread(writing.connection, DeviceId(row.device_id), claim.update, now)
            writing.audit((ENDED[status], 0), why=why)


def _run(connection: Connection, row: AnyRow, claim: Claim) -> Run:
    whose = sql.WHOSE.run(connection, {"b_device": row.device_id}).one()
    records = [step_record(step) for step in sql.STEPS.run(connection, {"b_id": claim.update})]
    return Run(
        claim=claim,
        device=DeviceId(row.device_id),
        serial=whose.serial,
        login=whose.login or "",
        steps=tuple(record for record in records if record is not None),
        attempts=row.attempts - 1,
        unwinding=_why(row.unwinding),
        cancel_requested=row.cancel_requested,
        known_step_versions=None not in records,
    )


def step_record(row: AnyRow) -> StepRecord | None:
    """A step as stored; None when this code does not know its kind or shape."""
    try:
        step = codec.from_json(Step, row.step)
    except codec.CodecError:
        return None
    return StepRecord(row.seq, step, row.status, row.reply, row.ticket, _why(row.why), row.settled, row.intended_at)


def _why(stored: object) -> Why | None:
    return codec.from_json(Why, stored) if stored is not None else None
