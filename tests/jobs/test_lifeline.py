"""The lifeline: a claim is held while work goes on and given up in time; a hanging token ends its process."""

import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event

import pytest

from jobs.lifeline import HANGS, Lifeline, lifeline
from portal.domain.ids import DeviceId
from portal.ports.journal import Claim, LeaseLost
from tests.fakes.journal import MemoryJournal
from tests.support.clock import FrozenClock
from tests.support.engine import WHOLE_ISSUE
from tests.support.source_tree import ROOT

LEASE = timedelta(seconds=15)
BEAT = timedelta(milliseconds=5)


class Journal(MemoryJournal):
    """Counts renewals and fails when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.failure: Exception | None = None
        self.renewed = Event()

    def renew(self, claim: Claim, *, now: datetime, lease: timedelta) -> None:
        if self.failure is not None:
            raise self.failure
        super().renew(claim, now=now, lease=lease)
        self.renewed.set()


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest.fixture
def claim(journal: Journal, clock: FrozenClock) -> Claim:
    update = journal.order(DeviceId(1), "token-1", "ivanova", WHOLE_ISSUE)
    run = journal.claim(update, owner="one", now=clock.now(), lease=LEASE)
    assert run is not None
    return run.claim


def take_over(journal: Journal, clock: FrozenClock, claim: Claim) -> None:
    clock.advance(minutes=1)
    assert journal.claim(claim.update, owner="two", now=clock.now(), lease=LEASE) is not None


def wait_until(ready: Callable[[], bool]) -> None:
    until = time.monotonic() + 120
    while not ready():
        assert time.monotonic() < until
        time.sleep(0.005)


def test_each_beat_prolongs_the_lease(journal: Journal, claim: Claim, clock: FrozenClock) -> None:
    with lifeline(clock, beat=BEAT, patience=LEASE)(journal, claim, LEASE) as still_ours:
        clock.advance(seconds=10)
        journal.renewed.clear()
        assert journal.renewed.wait(120)
        still_ours()
        clock.advance(seconds=10)
        assert journal.claim(claim.update, owner="two", now=clock.now(), lease=LEASE) is None
        journal.failure = LeaseLost(claim.update)  # the thread's last beat may come after the test


def test_what_somebody_else_has_taken_is_not_touched(journal: Journal, claim: Claim, clock: FrozenClock) -> None:
    line = Lifeline(journal, claim, LEASE, clock=clock)
    line.check()
    take_over(journal, clock, claim)
    line.renew()
    with pytest.raises(LeaseLost):
        line.check()


def test_a_claim_that_may_have_ended_is_given_up_before_it_has(
    journal: Journal, claim: Claim, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Lifeline(journal, claim, LEASE, clock=clock)
    began = time.monotonic()
    journal.failure = ConnectionError("the database is away")
    line.renew()
    line.check()  # one beat is lost, the lease holds on
    monkeypatch.setattr(time, "monotonic", lambda: began + LEASE.total_seconds() + 1)
    with pytest.raises(LeaseLost):
        line.check()


def test_a_database_that_comes_back_in_time_costs_nothing(
    journal: Journal, claim: Claim, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Lifeline(journal, claim, LEASE, clock=clock)
    began = time.monotonic()
    journal.failure = ConnectionError("the database is away")
    line.renew()
    journal.failure = None
    monkeypatch.setattr(time, "monotonic", lambda: began + 10)
    line.renew()
    monkeypatch.setattr(time, "monotonic", lambda: began + 20)
    line.check()


def test_no_sign_of_work_ends_it(journal: Journal, claim: Claim, clock: FrozenClock) -> None:
    ended = Event()
    hold = lifeline(clock, beat=BEAT, patience=timedelta(milliseconds=20), end=ended.set)
    with hold(journal, claim, LEASE):
        assert ended.wait(120)


def test_signs_of_work_keep_it_alive(journal: Journal, claim: Claim, clock: FrozenClock) -> None:
    ended = Event()
    hold = lifeline(clock, beat=BEAT, patience=timedelta(minutes=1), end=ended.set)
    with hold(journal, claim, LEASE) as still_ours:
        for _ in range(5):
            journal.renewed.clear()
            assert journal.renewed.wait(120)
            still_ours()
    assert not ended.is_set()


def test_when_the_work_is_done_nothing_is_renewed_any_more(journal: Journal, claim: Claim, clock: FrozenClock) -> None:
    before = set(threading.enumerate())
    with lifeline(clock, beat=BEAT, patience=LEASE)(journal, claim, LEASE):
        beating = set(threading.enumerate()) - before
        assert [thread.name for thread in beating] == ["lifeline"]
    wait_until(lambda: not any(thread.is_alive() for thread in beating))


def test_a_process_whose_token_library_hangs_is_ended() -> None:
    """Nothing kinder reaches a thread that never comes back from a library."""
    script = textwrap.dedent("""
        import ctypes
        from datetime import timedelta
        from jobs.lifeline import lifeline
        from portal.connectors.clock import SystemClock
        from portal.ports.journal import Claim

        class Journal:
            def renew(self, claim, *, now, lease):
                pass

        hold = lifeline(SystemClock(), beat=timedelta(milliseconds=20), patience=timedelta(milliseconds=100))
        with hold(Journal(), Claim(1, "one", 1), timedelta(seconds=15)):
            while True:
                ctypes.CDLL(None).sleep(3600)
    """)
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, timeout=180, check=False, capture_output=True)
    assert ended.returncode == HANGS
    assert b"the token does not answer" in ended.stderr
