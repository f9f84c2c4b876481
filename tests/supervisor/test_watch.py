"""The supervisor with small children: order, restarts, and that nothing is left running."""

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.supervisor.processes import Child, Spec, session_members
from portal.supervisor.watch import StartFailed, Stopped, Supervisor

SLEEPER = "import time; time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); open({ready!r}, 'w'); time.sleep(600)"
# leaves a child of its own behind, in another process group of the same session, as a forking worker does
FORKING = """
import os, time
if os.fork() == 0:
    os.setpgrp()
time.sleep(600)
"""


def eventually(true: Callable[[], bool], seconds: float = 120) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def python(code: str, name: str = "child", ready: Callable[[], bool] = lambda: True) -> Spec:
    return Spec(name, [sys.executable, "-IS", "-c", code], ready)


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


@pytest.fixture
def supervisor(tmp_path: Path, stop: threading.Event) -> Iterator[Supervisor]:
    one = Supervisor({}, tmp_path, stop)
    yield one
    one.stop()


def children(supervisor: Supervisor) -> list[Child]:
    return [child for group in supervisor._groups for child in group]


def pid_of(child: Child) -> int:
    assert child.process is not None
    return child.process.pid


def test_a_child_is_started_when_the_one_before_is_ready(supervisor: Supervisor, tmp_path: Path) -> None:
    mark = tmp_path / "ready"
    supervisor.start([python(f"import time; time.sleep(0.3); open({str(mark)!r}, 'w'); {SLEEPER}", ready=mark.exists)])
    assert mark.exists()


def test_a_child_that_dies_is_started_again(supervisor: Supervisor, stop: threading.Event) -> None:
    supervisor.start([python(SLEEPER)])
    (child,) = children(supervisor)
    first = pid_of(child)
    watching = threading.Thread(target=supervisor.watch)
    watching.start()
    assert child.process is not None
    child.process.kill()
    assert eventually(lambda: child.running() and pid_of(child) != first)
    stop.set()
    watching.join(120)
    assert not watching.is_alive()


def test_pauses_grow_while_a_child_keeps_dying(tmp_path: Path) -> None:
    child = Child(python("raise SystemExit(3)"), {}, tmp_path / "log")
    pauses = []
    for _ in range(9):
        child.start()
        assert child.process is not None
        child.process.wait(120)
        pauses.append(child.note_end())
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_a_child_that_never_comes_up_is_told_with_its_last_words(supervisor: Supervisor) -> None:
    with pytest.raises(StartFailed, match="no such database"):
        supervisor.start([python("raise SystemExit('no such database')", ready=lambda: False)])


def test_stopping_while_starting_is_obeyed(supervisor: Supervisor, stop: threading.Event) -> None:
    threading.Timer(0.2, stop.set).start()
    with pytest.raises(Stopped):
        supervisor.start([python(SLEEPER, ready=lambda: False)])


def test_the_last_started_are_stopped_first(supervisor: Supervisor, tmp_path: Path) -> None:
    order = tmp_path / "order"
    note = (
        "import signal, sys, time\n"
        "def end(*_):\n"
        f"    open({str(order)!r}, 'a').write({{name!r}}); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "open({mark!r}, 'w')\n"
        "time.sleep(600)\n"
    )
    for name in "ABC":
        mark = tmp_path / name
        supervisor.start([python(note.format(name=name, mark=str(mark)), name=name, ready=mark.exists)])
    supervisor.stop()
    assert order.read_text() == "CBA"


def test_what_a_child_leaves_behind_is_ended_with_it(supervisor: Supervisor) -> None:
    supervisor.start([python(FORKING)])
    (child,) = children(supervisor)
    session = pid_of(child)
    assert eventually(lambda: len(session_members(session)) == 2)
    supervisor.stop()
    assert eventually(lambda: not session_members(session))


def test_a_child_that_will_not_stop_is_ended(tmp_path: Path) -> None:
    mark = tmp_path / "ready"
    child = Child(python(STUBBORN.format(ready=str(mark))), {}, tmp_path / "log")
    child.start()
    assert eventually(mark.exists)
    child.ask_to_stop()
    assert not child.stopped_within(time.monotonic() + 0.3)
    assert child.process is not None
    assert child.process.returncode == -signal.SIGKILL


def test_a_long_log_makes_room(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    log.write_bytes(b"x" * (6 * 2**20))
    child = Child(python("print('new')"), {}, log)
    child.start()
    assert child.stopped_within(time.monotonic() + 10)
    assert log.read_text() == "new\n"
    assert (tmp_path / "child.old.log").exists()


def test_what_a_process_wants_of_its_surroundings_gives_way_to_what_is_set(tmp_path: Path) -> None:
    code = "import os; print(os.environ['ONE'], os.environ['OTHER'])"
    spec = Spec("told", [sys.executable, "-IS", "-c", code], env={"ONE": "its own", "OTHER": "its own"})
    child = Child(spec, {"OTHER": "set"}, tmp_path / "told.log")
    child.start()
    assert child.process is not None
    assert child.process.wait(timeout=180) == 0
    assert (tmp_path / "told.log").read_text() == "its own set\n"
