"""The runner as a whole: a plan to its end, whose turn it is, and what it must not touch."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Self

import pytest

from portal.domain.ids import UpdateId
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.domain.update_steps import Step, StepKind
from portal.ports.journal import Claim, LeaseLost, Run
from portal.services.boundaries import Boundary
from portal.services.steps import HANDLERS
from portal.services.update_runner import RunnerRules, UpdateRunner
from tests.fakes.journal import MemoryJournal
from tests.fakes.sim_token import SimToken
from tests.support.clock import NOON, FrozenClock
from tests.support.engine import PIN, SERIAL, UPDATE, WHOLE_ISSUE, Engine, issue


def test_every_kind_of_step_has_a_handler() -> None:
    assert set(HANDLERS) == set(StepKind)


def test_a_plan_is_carried_to_its_end() -> None:
    engine = Engine(WHOLE_ISSUE)
    assert engine.advance() is UpdateStatus.COMPLETED
    assert engine.statuses() == [StepStatus.DONE] * 5
    assert engine.row.applied
    assert not engine.tickets.alive(UPDATE)
    assert len(engine.ca.ledger) == 1


def test_every_step_passes_its_four_boundaries() -> None:
    engine = Engine(issue(StepKind.GENERATE_KEY, StepKind.SIGN_REQUEST))
    engine.advance()
    for kind in (StepKind.GENERATE_KEY, StepKind.SIGN_REQUEST):
        mine = [(boundary, status) for boundary, seen, status in engine.seen if seen is kind]
        assert mine == [
            (Boundary.BEFORE_INTENT, StepStatus.PENDING),
            (Boundary.AFTER_INTENT, StepStatus.INTENDED),
            (Boundary.AFTER_EFFECT, StepStatus.INTENDED),
            (Boundary.AFTER_OUTCOME, StepStatus.DONE),
        ]


def test_a_token_is_compared_updated_and_compared_again() -> None:
    empty = SimToken(SERIAL, PIN).contents().content_hash()
    first, retained = Step(StepKind.COMPARE_CONTENTS, content_hash=empty), Step(StepKind.RETAIN_HISTORY, item=1)
    removed = Step(StepKind.REMOVE_KEY, item=2, key_id="bb")
    engine = Engine((first, *WHOLE_ISSUE, retained, removed, Step(StepKind.VERIFY_TOKEN)))
    engine.token.keys["bb"] = b"old"
    assert engine.advance() is UpdateStatus.COMPLETED
    assert set(engine.token.keys) == {"aa"}


def test_what_somebody_else_holds_is_left_alone() -> None:
    engine = Engine(WHOLE_ISSUE)
    engine.journal.claim(UPDATE, owner="other", now=NOON, lease=timedelta(seconds=15))
    assert engine.advance() is None


class Crowded(MemoryJournal):
    """A claim has to wait for its turn at the database."""

    def __init__(self, clock: FrozenClock) -> None:
        super().__init__()
        self.clock = clock
        self.renewed: list[datetime] = []

    def claim(self, update: UpdateId, *, owner: str, now: datetime, lease: timedelta) -> Run | None:
        run = super().claim(update, owner=owner, now=now, lease=lease)
        self.clock.advance(seconds=10)
        return run

    def renew(self, claim: Claim, *, now: datetime, lease: timedelta) -> None:
        self.renewed.append(now)
        super().renew(claim, now=now, lease=lease)


def test_a_claim_that_stood_in_line_counts_its_lease_from_its_turn() -> None:
    clock = FrozenClock()
    journal = Crowded(clock)
    assert Engine(WHOLE_ISSUE, clock=clock, journal=journal).advance() is UpdateStatus.COMPLETED
    assert journal.renewed == [NOON + timedelta(seconds=10)]


def test_who_lost_the_lease_stops_before_the_effect() -> None:
    engine = Engine(WHOLE_ISSUE)

    class Lost:
        def __init__(self, *_: object) -> None: ...
        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None: ...
        def __call__(self) -> None:
            raise LeaseLost

    runner = UpdateRunner(engine.journal, HANDLERS, engine.outside, RunnerRules("one"), engine.observe, Lost)
    assert runner.advance(UPDATE) is None
    assert engine.token.keys == {}
    assert engine.tickets.alive(UPDATE)


def test_too_many_lost_claims_ask_a_person() -> None:
    engine = Engine(WHOLE_ISSUE)
    for _ in range(3):
        engine.journal.claim(UPDATE, owner="dies", now=engine.clock.now(), lease=timedelta(seconds=15))
        engine.clock.advance(seconds=16)
    assert engine.advance(attempts=3) is UpdateStatus.STUCK
    assert engine.row.why is not None
    assert engine.row.why.trouble is Trouble.TOO_MANY_ATTEMPTS


def test_a_finished_plan_is_not_stuck_at_any_step() -> None:
    engine = Engine(())
    engine.journal.claim(UPDATE, owner="dies", now=NOON, lease=timedelta(seconds=15))
    engine.clock.advance(seconds=16)
    assert engine.advance(attempts=1) is UpdateStatus.STUCK


class Newer(MemoryJournal):
    """Holds a step that could not be read."""

    def claim(self, update: UpdateId, *, owner: str, now: datetime, lease: timedelta) -> Run | None:
        run = super().claim(update, owner=owner, now=now, lease=lease)
        return replace(run, known_step_versions=False) if run else None


@pytest.mark.parametrize(("version", "journal"), [(2, MemoryJournal()), (1, Newer())])
def test_a_step_this_code_does_not_know_stops_the_run(version: int, journal: MemoryJournal) -> None:
    engine = Engine(tuple(replace(step, version=version) for step in WHOLE_ISSUE), journal=journal)
    assert engine.advance() is UpdateStatus.STUCK
    assert engine.row.why == why(Trouble.UNKNOWN_STEP)


def test_a_claim_is_trusted_where_nobody_watches() -> None:
    from portal.services.lease import trusting

    with trusting(Engine(()).journal, Claim(UPDATE, "one", 1), timedelta(seconds=1)) as check:
        check()
