"""A work-horse that stands by: made ready before there is work, told its work through a pipe, gone with its worker."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from rq import Queue
from rq.serializers import JSONSerializer

from jobs.standby import LONGEST, StandbyWorker
from portal.connectors.redis_client import connect_for_waiting
from tests.support.servers import Valkey
from tests.support.waiting import eventually

WHO = "tests.jobs.notes.who"


@pytest.fixture
def line(queue_server: Valkey) -> Queue:
    return Queue("notes", connection=connect_for_waiting(queue_server.url), serializer=JSONSerializer)


@pytest.fixture
def worker(line: Queue) -> Iterator[StandbyWorker]:
    made = StandbyWorker([line], connection=line.connection, serializer=JSONSerializer)
    made.get_ready = lambda: iter(())
    yield made
    if made._standing is not None:
        made._standing.let_go()


def told(file: Path) -> list[int]:
    return [int(pid) for pid in file.read_text().split()] if file.exists() else []


def test_work_is_done_by_the_process_that_stood_by(line: Queue, worker: StandbyWorker, tmp_path: Path) -> None:
    worker._standing = worker._stand_by()
    pid = worker._standing.pid
    line.enqueue(WHO, str(tmp_path / "who"))
    worker.work(burst=True, logging_level="WARNING")
    assert told(tmp_path / "who") == [pid]
    assert not line.failed_job_registry.get_job_ids()


def test_one_whose_connection_was_lost_meanwhile_takes_another(
    line: Queue, worker: StandbyWorker, tmp_path: Path
) -> None:
    known = {one["id"] for one in line.connection.client_list()}
    worker._standing = worker._stand_by()
    pid = worker._standing.pid
    eventually(lambda: {one["id"] for one in line.connection.client_list()} - known, "the work-horse connects")
    line.connection.client_kill_filter(_type="normal", skipme=True)
    line.enqueue(WHO, str(tmp_path / "who"))
    worker.work(burst=True, logging_level="WARNING")
    assert told(tmp_path / "who") == [pid]


def test_each_job_has_a_process_of_its_own_and_none_is_left(line: Queue, worker: StandbyWorker, tmp_path: Path) -> None:
    for _ in range(3):
        line.enqueue(WHO, str(tmp_path / "who"))
    worker.work(burst=True, logging_level="WARNING")
    pids = told(tmp_path / "who")
    assert len(set(pids)) == 3
    assert os.getpid() not in pids
    assert worker._standing is None, "the last one stood by in vain and was let go"


def test_one_that_died_meanwhile_is_replaced(line: Queue, worker: StandbyWorker, tmp_path: Path) -> None:
    worker._standing = worker._stand_by()
    died = worker._standing.pid
    os.kill(died, signal.SIGKILL)
    os.waitid(os.P_PID, died, os.WEXITED | os.WNOWAIT)
    line.enqueue(WHO, str(tmp_path / "who"))
    worker.work(burst=True, logging_level="WARNING")
    (pid,) = told(tmp_path / "who")
    assert pid != died


def test_work_that_comes_while_it_gets_ready_does_not_wait(line: Queue, worker: StandbyWorker, tmp_path: Path) -> None:
    pieces = tmp_path / "pieces"

    def slowly() -> Iterator[None]:
        for _ in range(1000):
            with pieces.open("a") as file:
                file.write("x")
            time.sleep(0.05)
            yield

    worker.get_ready = slowly
    worker._standing = worker._stand_by()
    _wait_until(pieces.exists)
    line.enqueue(WHO, str(tmp_path / "who"))
    worker.work(burst=True, max_jobs=1, logging_level="WARNING")
    assert told(tmp_path / "who")
    assert len(pieces.read_text()) < 1000


def test_it_ends_when_its_worker_is_killed(line: Queue, worker: StandbyWorker, tmp_path: Path) -> None:
    note = tmp_path / "note"
    parent = os.fork()
    if parent == 0:
        with suppress(BaseException):
            note.write_text(str(worker._stand_by().pid))
            signal.pause()
        os._exit(0)
    _wait_until(lambda: note.exists() and bool(note.read_text()))
    horse = int(note.read_text())
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    _wait_until(lambda: not _lives(horse))


def test_it_ends_when_told_in_the_middle_of_a_fork(line: Queue, worker: StandbyWorker) -> None:
    told = threading.Event()

    def in_the_middle() -> None:
        if not told.is_set():
            told.set()
            os.kill(os.getpid(), signal.SIGTERM)

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    os.register_at_fork(after_in_parent=in_the_middle)
    try:
        worker.work(logging_level="WARNING")
    finally:
        told.set()
        for number, handler in before.items():
            signal.signal(number, handler)
    assert worker._standing is None, "what stood by was let go"


def test_one_that_hangs_while_it_gets_ready_does_not_keep_its_worker(worker: StandbyWorker) -> None:
    def hang() -> Iterator[None]:
        time.sleep(LONGEST)
        yield

    worker.get_ready = hang
    standing = worker._stand_by()
    standing.let_go()
    assert not _lives(standing.pid)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _wait_until(ready: Callable[[], bool]) -> None:
    until = time.monotonic() + 120
    while not ready():
        assert time.monotonic() < until
        time.sleep(0.01)
