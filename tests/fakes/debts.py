"""What is owed, in memory: kept with the rows of the journal in memory."""

from dataclasses import dataclass
from datetime import datetime

from portal.domain.audit import AuditTag
from portal.domain.facts import Fact
from portal.ports.debts import Debt
from portal.ports.journal import StepRecord
from tests.fakes.journal import MemoryJournal


@dataclass(frozen=True, slots=True)
class MemoryDebtBook:
    """Implements DebtBook."""

    journal: MemoryJournal

    def due(self, now: datetime) -> tuple[Debt, ...]:
        owed = [(at, Debt(u, seq, n)) for u, row in self.journal.rows.items() for seq, (at, n) in row.owed.items()]
        return tuple(debt for at, debt in sorted(owed, key=lambda one: one[0]) if at <= now)

    def take(self, debt: Debt, *, until: datetime) -> tuple[StepRecord, ...] | None:
        row = self.journal.rows[debt.update]
        if debt.seq not in row.owed or row.owed[debt.seq][1] != debt.looks:
            return None
        row.owed[debt.seq] = (until, debt.looks + 1)
        return tuple(row.steps)

    def pay(self, debt: Debt, *, facts: tuple[Fact, ...], now: datetime) -> bool:
        row = self.journal.rows[debt.update]
        if row.owed.pop(debt.seq, None) is None:
            return False
        self.journal.note(row, AuditTag.STEP_UNDONE, debt.seq, facts)
        return True
