"""F13 and F16: the database fails at any write of a run, before or after its commit; two people come at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from portal.domain.outcomes import Refused
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import UpdateStatus
from portal.domain.update_steps import Step, StepKind
from portal.services.steps import HANDLERS
from portal.services.update_runner import RunnerRules, UpdateRunner
from tests.support.engine import UPDATE, WHOLE_ISSUE, Engine
from tests.support.ledgers import Ledger, ledger
from tests.support.servers import Postgres

STEPS = (*WHOLE_ISSUE, Step(StepKind.REMOVE_KEY, item=0, key_id="bb"), Step(StepKind.VERIFY_TOKEN))
REFUSED = Refused(why(Trouble.TOKEN_FULL), permanent=True)


class Failing:
    """A journal whose n-th call fails, before or after it was committed."""

    def __init__(self, journal: Any, number: int, *, committed: bool) -> None:
        self._journal = journal
        self._left = number
        self._committed = committed

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._journal, name)

        def tried(*arguments: Any, **named: Any) -> Any:
            self._left -= 1
            if self._left != 0:
                return call(*arguments, **named)
            if self._committed:
                call(*arguments, **named)
            raise OperationalError(name, {}, Exception("disk I/O error"))

        return tried


@dataclass
class Blow:
    """One failing run, and whether it got so far."""

    engine: Engine
    reached: bool


def blows(*, committed: bool, goes_back: bool) -> Iterator[Blow]:
    """A run for each call of the journal there is, each failing at another one."""
    for number in count(1):
        engine = Engine(STEPS)
        engine.token.keys["bb"] = b"old"
        if goes_back:
            engine.nature.troubles["token.carry_out"] = [None, None, None, REFUSED]
        journal: Any = Failing(engine.journal, number, committed=committed)
        runner = UpdateRunner(journal, HANDLERS, engine.outside, RunnerRules("one"))
        try:
            runner.advance(UPDATE)
        except OperationalError:
            yield Blow(engine, reached=True)
        else:
            yield Blow(engine, reached=False)
            return


@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize("goes_back", [False, True])
def test_f13_a_database_that_fails_at_any_write_loses_nothing(committed: bool, goes_back: bool) -> None:
    seen = 0
    for blow in blows(committed=committed, goes_back=goes_back):
        engine = blow.engine
        engine.nature.lost.clear()
        for _ in range(3):
            engine.clock.advance(seconds=16)
            engine.enter_pin()
            engine.advance()
        failed = engine.row.status is UpdateStatus.FAILED  # a refusal that was not written down may pass unseen
        assert engine.row.status in {UpdateStatus.COMPLETED, UpdateStatus.FAILED}
        assert goes_back or not failed
        assert set(engine.token.keys) == ({"bb"} if failed else {"aa"})
        assert len(engine.ca.ledger) == 1
        assert len(engine.ca.revoked) == failed
        assert engine.token.made == 1
        seen += blow.reached
    assert seen > len(STEPS)


@pytest.fixture(params=["sqlite", "postgresql"])
def rows(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    if request.param == "sqlite":
        with ledger(f"sqlite:///{tmp_path}/portal.db") as made:
            yield made
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        with postgres.database() as url, ledger(url) as made:
            yield made


def test_f16_of_eight_who_order_at_once_one_wins(rows: Ledger) -> None:
    device, gate = rows.device(), Barrier(8)

    def order(_: int) -> bool:
        gate.wait(timeout=180)
        try:
            rows.order(device, STEPS)
        except IntegrityError:
            return False
        return True

    with ThreadPoolExecutor(8) as people:
        assert sorted(people.map(order, range(8))) == [False] * 7 + [True]


def test_f15_of_eight_workers_who_get_the_job_one_claims_it(rows: Ledger) -> None:
    update, gate = rows.order(rows.device(), STEPS), Barrier(8)
    now = Engine(()).clock.now()

    def claim(number: int) -> bool:
        gate.wait(timeout=180)
        run = rows.journal.claim(update, owner=f"worker-{number}", now=now, lease=timedelta(seconds=15))
        return run is not None

    with ThreadPoolExecutor(8) as workers:
        assert sorted(workers.map(claim, range(8))) == [False] * 7 + [True]
