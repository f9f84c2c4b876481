"""What runs still owe, in the database: taken and paid by compare-and-set, like the journal whose steps they are."""

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, null, select, update

from portal.db import audit_chain
from portal.db import journal_statements as sql
from portal.db.facts import FactWriter
from portal.db.journal import step_record
from portal.db.models import Update, UpdateStep
from portal.db.transaction import Database
from portal.domain.audit import AuditEvent, AuditTag
from portal.domain.facts import Fact
from portal.domain.ids import DeviceId, UpdateId
from portal.ports.debts import Debt
from portal.ports.journal import StepRecord
from portal.ports.queue import ProgressFeed

AT_ONCE: Final = 50
ACTOR: Final = "sweeper"

_OWED: Final = UpdateStep.owed_at.is_not(None)
_MINE: Final = (UpdateStep.update_id == bindparam("b_id"), UpdateStep.seq == bindparam("b_seq"), _OWED)
_DUE: Final = (
    select(UpdateStep.update_id, UpdateStep.seq, UpdateStep.owed_looks)
    .where(_OWED, UpdateStep.owed_at <= bindparam("b_now", type_=UpdateStep.owed_at.type))
    .order_by(UpdateStep.owed_at, UpdateStep.id)
    .limit(AT_ONCE)
)
_TAKE: Final = (
    update(UpdateStep)
    .where(*_MINE, UpdateStep.owed_looks == bindparam("b_looks"))
    .values(owed_at=bindparam("b_until", type_=UpdateStep.owed_at.type), owed_looks=UpdateStep.owed_looks + 1)
)
_PAY: Final = update(UpdateStep).where(*_MINE).values(owed_at=null())
#: The run is over for everybody else; its number still counts every line that is about it.
_COUNT: Final = (
    update(Update)
    .where(Update.id == bindparam("b_id"))
    .values(sequence=Update.sequence + 1)
    .returning(Update.sequence, Update.device_id)
)


class _PaidAlready(Exception):  # noqa: N818 - it says what happened
    """Nothing of this transaction counts."""


class SqlDebtBook:
    """Implements portal.ports.debts.DebtBook on SQLite and PostgreSQL."""

    def __init__(self, database: Database, feed: ProgressFeed) -> None:
        self._database = database
        self._feed = feed

    def due(self, now: datetime) -> tuple[Debt, ...]:
        """Some of what is owed and due."""
        with self._database.read() as connection:
            rows = connection.execute(_DUE, {"b_now": now}).all()
        return tuple(Debt(UpdateId(row.update_id), row.seq, row.owed_looks) for row in rows)

    def take(self, debt: Debt, *, until: datetime) -> tuple[StepRecord, ...] | None:
        """Leave it alone until then; None when somebody else looks, or it is paid."""
        bound = {"b_id": debt.update, "b_seq": debt.seq, "b_looks": debt.looks, "b_until": until}
        with self._database.begin() as connection:
            if connection.execute(_TAKE, bound).rowcount != 1:
                return None
            read = map(step_record, sql.STEPS.run(connection, {"b_id": debt.update}))
            return tuple(record for record in read if record is not None)

    def pay(self, debt: Debt, *, facts: tuple[Fact, ...], now: datetime) -> bool:
        """Nothing is owed any more, and this became true; False when it was paid already."""
        try:
            sequence = self._pay(debt, facts, now)
        except _PaidAlready:
            return False
        self._feed.announce(debt.update, sequence)
        return True

    def _pay(self, debt: Debt, facts: tuple[Fact, ...], now: datetime) -> int:
        subject = f"update:{debt.update}"
        with self._database.begin() as connection:
            row = connection.execute(_COUNT, {"b_id": debt.update}).one()  # first, as whoever writes on a run
            if connection.execute(_PAY, {"b_id": debt.update, "b_seq": debt.seq}).rowcount != 1:
                raise _PaidAlready
            writer = FactWriter(connection, DeviceId(row.device_id), debt.update, now)
            for fact in facts:
                writer.apply(fact)
            event = AuditEvent(AuditTag.STEP_UNDONE, ACTOR, subject, {"step": debt.seq}, subject)
            audit_chain.append_all(connection, [event], now)
        return int(row.sequence)
