"""Children that begin in the nursery: like any other child, and none of them outlives who is answerable for it."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.supervisor.nursed import Nursed, Nursery
from portal.supervisor.processes import Child, Spec, session_members
from portal.supervisor.watch import Supervisor
from tests.support.guardian import alive
from tests.support.waiting import eventually

PROGRAM = [sys.executable, "-m", "tests.support.nursling"]
#: Starts a sleeping child and waits to be killed.
ANSWERABLE = """
import sys, time, os
from pathlib import Path
from portal.supervisor.nursed import Nursery
folder = Path(sys.argv[1])
nursery = Nursery(os.environ, folder / "nursery.log")
child = nursery.begin(sys.argv[2:], os.environ, folder / "child.log")
print(child.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    one = Nursery(os.environ, tmp_path_factory.mktemp("nursery") / "nursery.log")
    yield one
    one.close()


def begun(nursery: Nursery, log: Path, *arguments: str, **env: str) -> Nursed:
    nursed = nursery.begin([*PROGRAM, *arguments], env, log)
    assert nursed is not None
    return nursed


def test_a_program_finds_what_it_was_given_and_nothing_else(nursery: Nursery, tmp_path: Path) -> None:
    nursed = begun(nursery, tmp_path / "log", "say", "more", ONE="its own")
    assert nursed.wait(180) == 0
    told = (tmp_path / "log").read_text()
    assert told == "its own ['say', 'more'] ['ONE'] ['SIGINT'] True\n"


def test_how_it_ended_is_known(nursery: Nursery, tmp_path: Path) -> None:
    both = [begun(nursery, tmp_path / code, code) for code in ("0", "3")]
    assert [one.wait(180) for one in reversed(both)] == [3, 0]
    assert [one.poll() for one in both] == [0, 3]


def test_it_is_waited_for_no_longer_than_wanted(nursery: Nursery, tmp_path: Path) -> None:
    nursed = begun(nursery, tmp_path / "log", "sleep")
    with pytest.raises(subprocess.TimeoutExpired):
        nursed.wait(0.01)
    nursed.kill()
    assert nursed.wait(180) == -signal.SIGKILL
    nursed.terminate()  # to nobody


def test_it_is_called_as_it_was_started(nursery: Nursery, tmp_path: Path) -> None:
    nursed = begun(nursery, tmp_path / "log", "sleep")
    command_line = Path(f"/proc/{nursed.pid}/cmdline")
    wanted = [os.fsencode(word) for word in (*PROGRAM, "sleep")]
    eventually(lambda: command_line.read_bytes().rstrip(b"\0").split(b"\0") == wanted, "its command line is shown")
    nursed.terminate()
    assert nursed.wait(180) == -signal.SIGTERM


def test_a_token_library_is_never_loaded_before_the_fork(nursery: Nursery, tmp_path: Path) -> None:
    nursed = begun(nursery, tmp_path / "log", "sleep")
    maps = Path(f"/proc/{nursed.pid}/maps").read_text()
    assert not [word for word in ("pkcs11", "softhsm") if word in maps.lower()]
    nursed.kill()
    assert nursed.wait(180) == -signal.SIGKILL


def test_what_it_leaves_behind_is_ended_with_it(nursery: Nursery, tmp_path: Path) -> None:
    child = Child(Spec("forking", [*PROGRAM, "fork"], nursed=True), os.environ, tmp_path / "log", nursery)
    child.start()
    assert isinstance(child.process, Nursed)
    session = child.process.pid
    eventually(lambda: len(session_members(session)) == 2, "it has forked")
    child.process.kill()
    child.process.wait(180)
    child.note_end()
    eventually(lambda: not session_members(session), "nobody is left")


def test_a_nursery_that_dies_is_replaced_and_so_are_its_children(tmp_path: Path) -> None:
    stop = threading.Event()
    supervisor = Supervisor(os.environ, tmp_path, stop)
    supervisor.start([Spec("sleeper", [*PROGRAM, "sleep"], nursed=True)])
    watching = threading.Thread(target=supervisor.watch)
    watching.start()
    try:
        (child,) = (child for group in supervisor._groups for child in group)
        first, nursery = child.process, supervisor.nursery._process
        assert isinstance(first, Nursed)
        assert nursery is not None
        nursery.kill()
        eventually(lambda: child.process is not first and child.running(), "another one runs")
        assert first.returncode is not None
        eventually(lambda: not alive(first.pid), "the first one is gone")
    finally:
        stop.set()
        watching.join(180)
        supervisor.stop()
    assert not child.running()


def test_what_no_nursery_can_begin_is_a_process_of_its_own(tmp_path: Path) -> None:
    broken = Nursery({**os.environ, "PYTHONHOME": str(tmp_path)}, tmp_path / "nursery.log")
    child = Child(Spec("alone", [*PROGRAM, "3"], nursed=True), os.environ, tmp_path / "log", broken)
    child.start()
    assert isinstance(child.process, subprocess.Popen)
    assert child.process.wait(180) == 3


def test_whoever_kills_the_supervisor_ends_all_of_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ANSWERABLE, str(tmp_path), *PROGRAM, "sleep"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        child = int(supervisor.stdout.readline())
        assert alive(child)
        supervisor.kill()
    eventually(lambda: not alive(child), "nobody outlives it")
