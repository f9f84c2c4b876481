"""R3: worker and work-horse are killed together in the middle of a token call; the sweeper has the update resumed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from portal.connectors.clock import SystemClock
from portal.connectors.redis_client import connect
from portal.connectors.tickets_redis import RedisPinTickets
from portal.domain.ids import UpdateId
from portal.domain.update_state import UpdateStatus
from portal.ports.token import Pin
from tests.crash import after
from tests.crash.conftest import NewPlace
from tests.crash.place import Place
from tests.crash.verdict import judge
from tests.support.faults import SOURCE
from tests.support.native import Compiler
from tests.support.pki import MASTER
from tests.support.servers import Valkey
from tests.support.tokens import PIN

pytestmark = pytest.mark.crash

PATIENCE = 180


@contextmanager
def process(place: Place, redis_url: str, module: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the installation, in a group of its own."""
    key = place.folder / "master.key"
    key.write_text(MASTER.hex())
    key.chmod(0o600)
    settings = {
        "DATA_DIR": place.folder,
        "DATABASE_URL": place.database_url,
        "CA_DATABASE_URL": f"sqlite:///{place.folder}/ca.db",
        "REGISTERS_DIR": place.folder,
        "REDIS_URL": redis_url,
        "MASTER_KEY_FILE": key,
        "PKCS11_MODULES": place.module,
        "LEASE": 5,
    }
    env = os.environ | {f"KLYUCHNIK_{name}": str(value) for name, value in settings.items()}
    command = [sys.executable, "-m", module]
    with (place.folder / f"{module}.log").open("ab") as log:
        started = subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True)
    try:
        yield started
    finally:
        kill(started)


def kill(started: subprocess.Popen[bytes]) -> None:
    """The process and everything it forked, without a word."""
    with suppress(ProcessLookupError):
        os.killpg(started.pid, signal.SIGKILL)
    started.wait(120)


def horses_of(worker: subprocess.Popen[bytes]) -> list[int]:
    children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text()
    return [int(number) for number in children.split()]


def wait_until(ready: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not ready():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def test_a_killed_worker_loses_nothing(new_place: NewPlace, compiler: Compiler, queue_server: Valkey) -> None:
    place = new_place("sqlite").behind(compiler.module(SOURCE, "p11-kit-1"))
    place.wire()
    update, rows = UpdateId(place.update), place.ledger()
    tickets = RedisPinTickets(connect(queue_server.url), MASTER, SystemClock())
    tickets.keep(update, place.serial, Pin(PIN))
    place.rules("C_GenerateKeyPair delay=600000")
    with process(place, queue_server.url, "jobs.sweeper"):
        with process(place, queue_server.url, "jobs.worker") as worker:
            wait_until(lambda: tickets.alive(update) and _hangs(place), "the work-horse never reached the token")
            horses = horses_of(worker)
            for horse in horses:  # RQ puts it into a group of its own
                os.kill(horse, signal.SIGKILL)
            kill(worker)
        assert horses
        assert rows.row(update).status is UpdateStatus.RUNNING
        place.rules()
        with process(place, queue_server.url, "jobs.worker"):
            wait_until(lambda: not rows.row(update).status.active, "nobody resumed the update")
    assert not tickets.alive(update)
    judge(place, place.ask(after.resumed), UpdateStatus.COMPLETED)


def _hangs(place: Place) -> bool:
    """Whether the intent of the first key is committed: its call is under way or about to be."""
    return any(
        row.kind == "generate_key" and row.status.value == "intended"
        for row in place.ledger().steps(UpdateId(place.update))
    )
