"""The demonstration from its start to its first page, its second start, and what it takes while nobody asks."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

from portal.settings import PREFIX
from tests.bench.client import Client
from tests.bench.stand import StandError, family, free_port, memory_mb
from tests.support.processes import temporary_folder

HOST: Final = "127.0.0.1"
#: What a process is called here, by a word of its command line.
NAMES: Final = {
    "gunicorn": "web",
    "jobs.worker": "worker",
    "jobs.sweeper": "sweeper",
    "jobs.presence": "presence",
    "jobs.courier": "courier",
    "jobs.identity": "identity",
    "portal.front": "front",
    "valkey": "valkey",
    "portal.supervisor.nursery": "nursery",
    "portal.supervisor": "supervisor",
}
#: What the bar speaks of: web, workers and the queue server.
SERVING: Final = ("web", "worker", "valkey")


@dataclass(frozen=True, slots=True)
class Wanted:
    """How long to wait before weighing, and how long a start may take at most."""

    settle: float
    patience: float


def run(wanted: Wanted) -> list[dict[str, object]]:
    """All figures."""
    folder = temporary_folder("kly-rest-")
    try:
        return list(_rows(folder, wanted))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _rows(folder: Path, wanted: Wanted) -> Iterator[dict[str, object]]:
    with _demo(folder, wanted.patience) as (_, seconds):
        yield {"what": "first start, data made, to the first page", "seconds": round(seconds, 1)}
    with _demo(folder, wanted.patience) as (process, seconds):
        yield {"what": "second start to the first page", "seconds": round(seconds, 1)}
        time.sleep(wanted.settle)
        found = weights(process.pid)
        serving = sum(found.get(name, 0.0) for name in SERVING)
        whole = {"serving": round(serving, 1), "all": round(sum(found.values()), 1)}
        yield {"what": "memory at rest (PSS, MB)", **found, **whole}


@contextmanager
def _demo(folder: Path, patience: float) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    port = free_port()
    command = [sys.executable, "-m", "portal.supervisor", "--data", str(folder), "--port", str(port)]
    env = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    started = time.perf_counter()
    with (folder.with_suffix(".log")).open("ab") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    try:
        _first_page(process, port, started + patience)
        yield process, time.perf_counter() - started
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def _first_page(process: subprocess.Popen[bytes], port: int, deadline: float) -> None:
    while True:
        with suppress(OSError):
            if Client(HOST, port).get("/sign-in").status == HTTPStatus.OK:
                return
        if process.poll() is not None or time.perf_counter() > deadline:
            raise StandError("the demonstration did not start")
        time.sleep(0.05)


def weights(pid: int) -> dict[str, float]:
    """Megabytes of a process and all it started, by what they are."""
    found: dict[str, float] = {}
    for one in family(pid):
        with suppress(ProcessLookupError, FileNotFoundError):  # some come and go
            _weigh(one, found)
    return found


def _weigh(pid: int, found: dict[str, float]) -> None:
    command = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    name = next((name for word, name in NAMES.items() if word in command), "other")
    found[name] = round(found.get(name, 0.0) + memory_mb([pid]), 1)
