"""The simulation finds nothing in the engine, and finds every bug that is planted into it."""

import pytest

from tests.chaos.__main__ import Tally, run
from tests.chaos.mutants import MUTANTS, planted
from tests.chaos.story import retell

UPDATES = 100_000
SLICES = 20
PATIENCE = 10_000  # stories until a bug counts as unseen
HANDFUL = 100


@pytest.mark.parametrize("part", range(SLICES))
def test_nothing_is_lost_in_a_hundred_thousand_updates(part: int) -> None:
    size = UPDATES // SLICES
    tally = run(part * size, size)
    assert tally.failures == [], "see it again: bin/chaos --tell --seed N"
    assert tally.ends["completed"] > size // 2
    assert tally.ends["failed"] > size // 20
    assert tally.ends["cancelled"] > size // 40


def test_there_are_enough_planted_bugs() -> None:
    assert len(MUTANTS) >= 20


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_planted_bug_is_caught(mutant: str) -> None:
    assert _until_seen(mutant).failures


def _until_seen(mutant: str) -> Tally:
    tally = Tally()
    for first in range(0, PATIENCE, HANDFUL):
        tally = run(first, HANDFUL, mutant)
        if tally.failures:
            break
    return tally


@pytest.mark.parametrize("seed", [0, 7, 352, 939])
def test_a_story_can_be_told_again(seed: int) -> None:
    assert retell(seed) == retell(seed)


def test_a_failing_story_says_what_was_broken() -> None:
    with planted("old removed first"):
        tally = run(0, 100, "old removed first")
        seed = next(seed for seed, problem in tally.failures if "Violation" in problem)
        assert retell(seed)[-1].startswith("VIOLATION")
