"""bin/test looks again at a few tests that failed, and says which were unsteady."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.support.second_look import FEW
from tests.support.source_tree import ROOT

TESTS: Final = """
import pathlib
import pytest

HERE = pathlib.Path(__file__).parent

def once(name):
    mark = HERE / f"{name}.mark"
    if not mark.exists():
        mark.touch()
        raise LookupError(f"the first time of {name}")

def test_sound(): pass
"""
UNSTEADY: Final = "def test_{name}(): once('{name}')\n"
BROKEN: Final = "def test_broken(): assert False\n"
ILL_AT_THE_END: Final = """
@pytest.fixture
def ill():
    yield
    once('ill')

def test_ill(ill): pass
"""


def run(folder: Path, tests: str, *arguments: str) -> tuple[int, str]:
    """A run of its own with a second look; its exit code and what it told."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_it.py").write_text(TESTS + tests)
    look = ["-p", "tests.support.second_look", "-p", "no:cacheprovider", "-c", str(folder / "pytest.ini")]
    command = [sys.executable, "-m", "pytest", *look, "--rootdir", str(folder), *arguments, str(folder)]
    env = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # they are started often
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=180, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize("processes", [(), ("-p", "xdist", "-n", "2")])
def test_what_passes_alone_is_told_and_does_not_fail_the_run(tmp_path: Path, processes: tuple[str, ...]) -> None:
    code, told = run(tmp_path, UNSTEADY.format(name="one") + ILL_AT_THE_END, *processes)
    assert code == pytest.ExitCode.OK, told
    assert "unsteady: test_it.py::test_one" in told
    assert "unsteady: test_it.py::test_ill" in told
    assert "the first time of one" in told, "how it failed is not lost"
    assert "2 passed, 2 unsteady in" in told.splitlines()[-1]


def test_what_fails_twice_fails_the_run(tmp_path: Path) -> None:
    code, told = run(tmp_path, UNSTEADY.format(name="one") + BROKEN)
    assert code == pytest.ExitCode.TESTS_FAILED
    assert "unsteady: test_it.py::test_one" in told
    assert "unsteady: test_it.py::test_broken" not in told
    assert "1 failed, 1 passed, 1 unsteady in" in told.splitlines()[-1]


@pytest.mark.parametrize(("many", "argument"), [(FEW + 1, "-q"), (1, "-x")])
def test_many_or_a_run_cut_short_are_not_looked_at_again(tmp_path: Path, many: int, argument: str) -> None:
    code, told = run(tmp_path, "".join(UNSTEADY.format(name=name) for name in range(many)), argument)
    assert code == pytest.ExitCode.TESTS_FAILED
    assert "second look" not in told
    assert "unsteady" not in told
