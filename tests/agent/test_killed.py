"""The program is killed -9 at every boundary and started again: nothing is repeated, nothing is forgotten."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.boundaries import Boundary
from agent.state import State
from portal.domain.certificate import KeyAlgorithm
from portal.domain.troubles import Trouble
from portal.ports.agent_orders import sent
from portal.ports.token import GenerateKeyPair
from tests.agent.portal_double import PortalDouble
from tests.support.faults import fault_module
from tests.support.native import Compiler
from tests.support.source_tree import ROOT
from tests.support.tokens import SoftHsm
from tests.support.waiting import eventually

pytestmark = pytest.mark.crash
KEY = "0a" * 20


@contextmanager
def program(state: State, module: Path, boundary: str) -> Iterator[subprocess.Popen[bytes]]:
    called = [sys.executable, str(ROOT / "tests/agent/killed.py"), str(state.folder), str(module), boundary]
    process = subprocess.Popen(called, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


@pytest.mark.parametrize("boundary", list(Boundary))
def test_what_was_begun_is_finished_once(
    boundary: Boundary,
    double: PortalDouble,
    member: State,
    hsm: SoftHsm,
    compiler: Compiler,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    serial = hsm.init_token("one")
    faults = fault_module(compiler, hsm, monkeypatch)
    double.offer("task", serial)
    with program(member, faults.module, boundary.value) as first:
        eventually(lambda: "task" in double.tasks, "the task is accepted")
        double.order("task", serial, sent(GenerateKeyPair(KEY, "ключ", KeyAlgorithm.EC_P256)))
        assert first.wait(timeout=120) == -signal.SIGKILL
    asked = len(double.polls)
    with program(member, faults.module, "never") as second:
        eventually(double.results, "the result is reported after all")
        eventually(lambda: len(double.polls) > asked, "the program runs")
        second.terminate()
        assert second.wait(timeout=120) == 0
    (result,) = double.results()
    assert result.reply is not None, result
    assert result.reply.public_key
    assert len(faults.calls("C_GenerateKeyPair")) == 1, "one order, one key pair"


def test_a_list_that_is_lost_is_told_to_be_in_doubt(double: PortalDouble, member: State, hsm: SoftHsm) -> None:
    serial = hsm.init_token("one")
    double.offer("task", serial)
    with program(member, hsm.module, Boundary.AFTER_EFFECT.value) as first:
        eventually(lambda: "task" in double.tasks, "the task is accepted")
        double.order("task", serial, sent(GenerateKeyPair(KEY, "ключ", KeyAlgorithm.EC_P256)))
        assert first.wait(timeout=120) == -signal.SIGKILL
    double.lists.clear()
    asked = len(double.polls)
    with program(member, hsm.module, "never") as second:
        eventually(double.results, "the portal hears of what was begun")
        eventually(lambda: len(double.polls) > asked, "the program runs")
        second.terminate()
        assert second.wait(timeout=120) == 0
    (result,) = double.results()
    assert result.why is not None
    assert (result.why.trouble, result.permanent) == (Trouble.IN_DOUBT, False)
