"""A process of small turns: it outlives their failures and ends when it is told to."""

import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from threading import Event

import pytest

from jobs.loop import Turn, repeat, stop_on_signals

SECOND = timedelta(seconds=1)
NOW = timedelta()


@pytest.fixture
def _signals() -> Iterator[None]:
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def test_a_turn_is_due_at_once_and_then_each_interval() -> None:
    taken: list[float] = []
    turn = Turn(lambda: taken.append(1), 10 * SECOND)
    for now in (100.0, 105.0, 109.9, 110.0, 111.0, 120.0):
        turn.take(now)
    assert len(taken) == 3


def test_a_turn_that_fails_is_told_and_taken_again(caplog: pytest.LogCaptureFixture) -> None:
    def work() -> None:
        raise LookupError("the database is away")

    turn = Turn(work, SECOND)
    turn.take(1.0)
    turn.take(2.0)
    assert caplog.text.count("failed; its next turn tries again") == 2
    assert caplog.text.count("LookupError: the database is away") == 2


def test_one_that_fails_keeps_no_other_from_its_turn() -> None:
    stop = Event()

    def work() -> None:
        raise LookupError

    repeat([Turn(work, SECOND), Turn(stop.set, SECOND)], NOW, stop)
    assert stop.is_set()


def test_each_beat_everybody_is_asked_until_it_is_told_to_stop() -> None:
    stop, counted = Event(), [0, 0]

    def count(which: int) -> None:
        counted[which] += 1
        if counted[0] == 5:
            stop.set()

    repeat([Turn(lambda: count(0), NOW), Turn(lambda: count(1), 3600 * SECOND)], NOW, stop)
    assert counted == [5, 1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.usefixtures("_signals")
def test_a_signal_stops_it(number: signal.Signals) -> None:
    stop = stop_on_signals()
    assert not stop.is_set()
    os.kill(os.getpid(), number)
    assert stop.wait(120)
