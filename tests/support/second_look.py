"""A second look at a few tests that failed: each alone, in a process of its own, when all others are through.

A test that passes then is *unsteady*: a defect, to be mended before anything else, though not one of what was changed.
The run closes well and says so loudly. A test that fails twice fails the run; so do more than a few at once.
"""

import subprocess
import sys
from typing import Any, Final

import pytest

FEW: Final = 5
UNSTEADY: Final = "unsteady"
_BROKEN: Final = ("failed", "error")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Look again when a whole run has failed by a few tests."""
    config = session.config
    whole = exitstatus == pytest.ExitCode.TESTS_FAILED and not config.getoption("maxfail")
    if not whole or hasattr(config, "workerinput"):
        return
    stats: dict[str, list[Any]] = vars(config.pluginmanager.get_plugin("terminalreporter"))["stats"]
    broken = dict.fromkeys(report.nodeid for kind in _BROKEN for report in stats.get(kind, []))
    if 0 < len(broken) <= FEW and all("::" in test for test in broken):
        steady = [test for test in broken if not _passes_alone(config, test)]
        _sort_out(stats, set(broken) - set(steady))
        session.exitstatus = pytest.ExitCode.TESTS_FAILED if steady else pytest.ExitCode.OK


def _passes_alone(config: pytest.Config, test: str) -> bool:
    where = ["--rootdir", config.rootpath, *(["-c", config.inipath] if config.inipath else [])]
    how = ["-p", "no:cacheprovider", "-q"]
    print(f"\nsecond look at {test}", flush=True)  # noqa: T201  the run is over, and its terminal is ours
    command = [sys.executable, "-m", "pytest", *map(str, where), *how, f"{config.rootpath}/{test}"]
    done = subprocess.run(command, cwd=config.invocation_params.dir, stdin=subprocess.DEVNULL, check=False)
    return done.returncode == pytest.ExitCode.OK


def _sort_out(stats: dict[str, list[Any]], unsteady: set[str]) -> None:
    for kind in _BROKEN:
        reports = stats.pop(kind, [])
        stats.setdefault(UNSTEADY, []).extend(one for one in reports if one.nodeid in unsteady)
        if left := [one for one in reports if one.nodeid not in unsteady]:
            stats[kind] = left


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What failed once, with how it failed."""
    reports = terminalreporter.stats.get(UNSTEADY, [])
    for report in reports:
        terminalreporter.write_sep("_", report.nodeid)
        terminalreporter.write_line(report.longreprtext)
    if reports:
        terminalreporter.write_sep("!", "failed once and passed alone: a defect to be mended first")
        for test in dict.fromkeys(report.nodeid for report in reports):
            terminalreporter.write_line(f"{UNSTEADY}: {test}")
