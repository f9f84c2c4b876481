"""Which process takes which tests, and when."""

import pytest

from tests.support.source_tree import ROOT
from tests.support.turns import ORDER, share, turn


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


def test_what_never_waits_is_begun_beside_the_first_worlds() -> None:
    assert turn("tests/acceptance/x") < turn("tests/crash/test_power_cut.py::x") < turn("tests/e2e/identity/x")
    assert turn("tests/e2e/identity/x") < turn("tests/crash/test_faults.py::x")
