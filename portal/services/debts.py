"""Paying what runs that were given up still owe: an order they left at an authority is made sure of after them."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NoReturn

from portal.domain.outcomes import Done
from portal.domain.update_steps import StepKind
from portal.ports.debts import Debt, DebtBook
from portal.ports.journal import StepRecord
from portal.services.step_context import Outside, StepContext, StepHandler

#: No authority takes longer to answer; the next look is this far away, then twice as far each time.
FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(minutes=15)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Debts:
    """Any number of sweepers may pay; who looks at a debt has put the next look off before.

    So one that cannot be looked at keeps nobody from paying the others.
    """

    book: DebtBook
    handlers: Mapping[StepKind, StepHandler]
    outside: Outside

    def settle(self) -> int:
        """Undo what is owed and due; answers how many debts were paid."""
        return sum(self._settle(debt) for debt in self.book.due(self.outside.clock.now()))

    def _settle(self, debt: Debt) -> bool:
        until = self.outside.clock.now() + pause_after(debt.looks)
        records = self.book.take(debt, until=until)
        if records is None:
            return False
        record = next((r for r in records if r.seq == debt.seq), None)
        handler = self.handlers.get(record.step.kind) if record else None
        if record is None or handler is None or handler.version != record.step.version:
            _log.warning("step %s of update %s is owed and of another version", debt.seq, debt.update)
            return False
        outcome = handler.undo(record.step, self._context(records))
        if not isinstance(outcome, Done):
            _log.info("step %s of update %s is still owed: %s", debt.seq, debt.update, outcome.why.trouble)
            return False
        return self.book.pay(debt, facts=outcome.reply, now=self.outside.clock.now())

    def _context(self, records: Sequence[StepRecord]) -> StepContext:
        """The run as it ended; nobody is signed in to any token."""
        return StepContext("", "", self.outside, _no_token, records, lambda: None)


def pause_after(looks: int) -> timedelta:
    """A minute, two, four …, at most a quarter of an hour: what is issued meanwhile is not valid for longer."""
    return min(FIRST_PAUSE * (1 << min(looks, 8)), LONGEST_PAUSE)


def _no_token() -> NoReturn:
    raise LookupError("what is owed is undone without the token")
