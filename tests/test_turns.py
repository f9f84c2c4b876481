"""Which process takes which tests, and when."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Final

import pytest

from tests.support.source_tree import ROOT
from tests.support.turns import ORDER, WORLDS, Turns, first_that_never_waits, share, turn

#: Files that never wait, each of some tests.
QUICK: Final = [
    f"{file}::test_{n}" for file in ("tests/crash/test_faults.py", "tests/web/test_words.py") for n in range(5)
]


@pytest.mark.parametrize("place", ORDER)
def test_what_is_named_is_there(place: str) -> None:
    assert (ROOT / place).is_file() or list((ROOT / place).rglob("test_*.py"))


def test_a_world_is_shared_and_a_file_stays_together() -> None:
    triggers = [
        "tests/e2e/triggers/test_clicks.py::test_one",
        "tests/e2e/triggers/test_triggers_people.py::test_two[a::b]",
    ]
    assert {share(test) for test in triggers} == {"tests/e2e/triggers/"}
    assert share("tests/e2e/test_frame.py::test_one") == share("tests/e2e/test_policies.py::test_two") == "tests/e2e/"
    assert share("tests/e2e/test_demo.py::test_one") == "tests/e2e/test_demo.py"
    assert share("tests/domain/test_values.py::test_one[a::b]") == "tests/domain/test_values.py"


def test_what_takes_long_comes_first() -> None:
    tests = ["tests/web/test_words.py::a", "tests/crash/test_faults.py::b", "tests/e2e/test_frame.py::c"]
    assert sorted(tests, key=turn) == tests[::-1]


def test_what_never_waits_is_begun_beside_the_worlds() -> None:
    files = ["tests/e2e/", "tests/acceptance/", "tests/crash/test_faults.py", "tests/web/test_words.py"]
    assert first_that_never_waits(files) == "tests/crash/test_faults.py"
    assert first_that_never_waits(files[:2]) == "tests/e2e/"


@pytest.mark.parametrize(("processes", "with_worlds"), [(1, 1), (2, 2), (3, 2), (5, 4)])
def test_one_process_of_several_leaves_the_worlds_to_the_others(processes: int, with_worlds: int) -> None:
    taken = shared_out([*(f"{world}test_x.py::test_{n}" for world in WORLDS for n in range(5)), *QUICK], processes)
    assert taken == [*WORLDS[:with_worlds], *["tests/crash/test_faults.py"] * (processes - with_worlds)]


def test_where_only_worlds_are_left_all_take_them() -> None:
    taken = shared_out([f"{world}test_x.py::test_{n}" for world in WORLDS[:3] for n in range(5)], processes=3)
    assert taken == [*WORLDS[:3]]


def shared_out(tests: Sequence[str], processes: int) -> list[str]:
    """What each of so many processes begins with."""
    turns = Turns(Options(processes), None)
    nodes = [Process() for _ in range(processes)]
    for node in nodes:
        turns.add_node(node)
        turns.add_node_collection(node, tests)
    turns.schedule()
    return [share(tests[node.sent[0]]) for node in nodes]


@dataclass(frozen=True, slots=True)
class Options:
    """What a run was told."""

    processes: int
    option: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(loadscopereorder=False))

    def getvalue(self, _name: str) -> list[str]:
        """How processes are begun."""
        return [f"{self.processes}*popen"]


@dataclass(slots=True, eq=False)
class Process:
    """A process of a run that takes what it is sent."""

    gateway: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(id="gw"))
    sent: list[int] = field(default_factory=list)
    shutting_down: bool = False

    def send_runtest_some(self, numbers: list[int]) -> None:
        """Note them."""
        self.sent += numbers

    def shutdown(self) -> None:
        """Nothing is left for it."""
        self.shutting_down = True
