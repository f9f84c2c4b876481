"""Runs in every state a page can meet, brought there by the real journal."""

from datetime import datetime, timedelta
from typing import Protocol

from portal.bootstrap import Portal
from portal.db.journal import SqlUpdateJournal
from portal.domain.ids import DeviceId, UpdateId
from portal.domain.outcomes import Waiting, WaitingFor
from portal.domain.plan_items import Choices
from portal.domain.troubles import Trouble, Why, why
from portal.domain.update_state import UpdateStatus
from portal.ports.journal import Claim, Run
from portal.ports.token import Pin

PIN = "PIN-98765432"


class Due(Protocol):
    """Where a device is that needs an update."""

    @property
    def due(self) -> DeviceId:
        """Its number."""


class Runner:
    """A worker's hand on one run."""

    def __init__(self, portal: Portal, world: Due) -> None:
        self.portal = portal
        self.journal = SqlUpdateJournal(portal.database, portal.feed)
        self.device = world.due
        self.update = self._order()

    def _order(self) -> UpdateId:
        plan = self.portal.updates.plan(self.device, Choices()).plan
        return self.portal.updates.order(self.device, Choices(), plan.content_hash, actor="operator")

    @property
    def now(self) -> datetime:
        return self.portal.clock.now()

    def enter_pin(self) -> "Runner":
        self.portal.updates.enter_pin(self.update, Pin(PIN), actor="operator")
        return self

    def claim(self) -> Run:
        run = self.journal.claim(self.update, owner="test", now=self.now, lease=timedelta(seconds=15))
        assert run is not None
        return run

    def finish(self, claim: Claim, *seqs: int) -> None:
        for seq in seqs:
            self.journal.intend(claim, seq, now=self.now)
            self.journal.finish(claim, seq, reply={}, facts=(), then=0, now=self.now)

    def waits(self, whom: WaitingFor, cause: Why, *, again: timedelta | None = None) -> "Runner":
        claim = self.claim().claim
        self.finish(claim, 1)
        self.journal.intend(claim, 2, now=self.now)
        when = None if again is None else self.now + again
        self.journal.park(claim, 2, Waiting(whom, cause, when), accepted=False, now=self.now)
        return self

    def cannot_go_back(self, whom: WaitingFor, cause: Why) -> "Runner":
        claim = self.claim().claim
        self.finish(claim, 1)
        self.journal.intend(claim, 2, now=self.now)
        self.journal.refuse(claim, 2, why(Trouble.CA_REFUSED), now=self.now)
        self.journal.intend_undo(claim, 2, now=self.now)
        self.journal.park(claim, 2, Waiting(whom, cause, None), accepted=False, now=self.now)
        return self

    def gets_stuck(self) -> "Runner":
        claim = self.claim().claim
        self.finish(claim, 1)
        self.journal.intend(claim, 2, now=self.now)
        self.journal.get_stuck(claim, 2, why(Trouble.IN_DOUBT), now=self.now)
        return self

    def fails(self, cause: Trouble = Trouble.CA_REFUSED) -> "Runner":
        claim = self.claim().claim
        self.finish(claim, 1)
        self.journal.intend(claim, 2, now=self.now)
        self.journal.refuse(claim, 2, why(cause), now=self.now)
        self.journal.intend_undo(claim, 2, now=self.now)
        self.journal.finish_undo(claim, 2, facts=(), now=self.now)
        self.journal.end(claim, UpdateStatus.FAILED, why(cause), now=self.now)
        return self

    def completes(self) -> "Runner":
        run = self.claim()
        self.finish(run.claim, *(record.seq for record in run.steps))
        self.journal.end(run.claim, UpdateStatus.COMPLETED, None, now=self.now)
        return self
