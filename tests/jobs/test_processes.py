"""The night shift as it is really started: worker, sweeper and watcher, on a real queue and a real database."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rq import Queue
from rq.registry import FailedJobRegistry
from rq.serializers import JSONSerializer
from sqlalchemy import update

from jobs.connectors import ask_templates, carry_check, look_at_authority
from jobs.devices import carry_operation
from jobs.directory import carry_sync
from jobs.people import carry_import
from jobs.runtime import runner
from jobs.sweeper import turns
from jobs.updates import advance_update
from portal.bootstrap import Portal, build
from portal.connectors.queue_rq import ADVANCE_UPDATE, JOBS, QUEUE
from portal.db.models import Device
from portal.domain.outcomes import WaitingFor
from portal.domain.update_state import UpdateStatus
from portal.ports.token import Pin
from portal.settings import Settings
from tests.support.office import PIN, Office
from tests.support.servers import Valkey
from tests.support.source_tree import ROOT
from tests.support.tokens import SoftHsm

PATIENCE = 120
BURST = """
from jobs.runtime import runtime
from jobs.worker import make_worker, warm_up
warm_up(runtime())
make_worker(runtime().settings).work(burst=True)
"""


@pytest.fixture
def portal(tmp_path: Path, empty_file: Path, queue_server: Valkey, hsm: SoftHsm) -> Iterator[Portal]:
    """An installation with a slot in which somebody else's token is."""
    hsm.init_token("another")
    shutil.copy(empty_file, tmp_path / "klyuchnik.db")
    settings = {"DATA_DIR": tmp_path, "REDIS_URL": queue_server.url, "PKCS11_MODULES": hsm.module, "LEASE": 5}
    made = build(Settings.from_env({f"KLYUCHNIK_{name}": str(value) for name, value in settings.items()}))
    yield made
    made.database.close()


@pytest.fixture
def office(portal: Portal) -> Office:
    office = Office(portal.database)
    office.clock = portal.clock  # type: ignore[assignment]  # processes live in real time
    office.updates = portal.updates
    return office


def environment(portal: Portal) -> dict[str, str]:
    settings = portal.settings
    mine = settings.to_env() | {"KLYUCHNIK_LEASE": "5", "KLYUCHNIK_PKCS11_MODULES": str(settings.pkcs11_modules[0])}
    return {**os.environ, **mine}


@contextmanager
def running(portal: Portal, module: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", module]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(portal), stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_until(ready: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not ready():
        assert time.monotonic() < until
        time.sleep(0.05)


def line(portal: Portal) -> Queue:
    return Queue(QUEUE, connection=portal.redis, serializer=JSONSerializer)


def test_a_worker_does_what_it_is_called_for_in_a_process_of_its_own(portal: Portal, office: Office) -> None:
    run = office.order()
    portal.updates.enter_pin(run, Pin(PIN), actor="operator")
    (job,) = line(portal).get_jobs()
    assert (job.func_name, job.args) == (ADVANCE_UPDATE, [run])
    worked = subprocess.run(
        [sys.executable, "-c", BURST], cwd=ROOT, env=environment(portal), timeout=180, check=False, capture_output=True
    )
    assert worked.returncode == 0, worked.stderr
    row = office.row(run)
    assert (row.status, row.waiting_for, row.fence) == (UpdateStatus.WAITING, WaitingFor.TOKEN, 1)
    assert not line(portal).get_jobs()
    assert len(FailedJobRegistry(queue=line(portal))) == 0
    assert portal.tickets.alive(run), "the PIN waits for the token, and was not sent to another"
    assert PIN.encode() not in worked.stdout + worked.stderr


def test_every_job_that_can_be_asked_for_is_one_function_of_one_number() -> None:
    about_connectors = (carry_check, ask_templates, look_at_authority)
    jobs = (advance_update, carry_operation, carry_import, carry_sync, *about_connectors)
    assert {f"{job.__module__}.{job.__name__}" for job in jobs} == JOBS


def test_the_sweeper_calls_for_what_was_forgotten_and_ends_when_told(portal: Portal, office: Office) -> None:
    run = office.order()
    office.put(run, status=UpdateStatus.WAITING, waiting_for="ca", wake_at=portal.clock.now())
    with portal.database.begin() as connection:
        connection.execute(update(Device).values(next_check_at=portal.clock.now()))
    with running(portal, "jobs.sweeper") as sweeper:
        wait_until(lambda: bool(line(portal).get_jobs()) and office.device_row().need != 0)
        sweeper.send_signal(signal.SIGTERM)
        assert sweeper.wait(120) == 0
    assert [job.args for job in line(portal).get_jobs()] == [[run]]


def test_the_watcher_tells_of_tokens_and_ends_when_told(portal: Portal, hsm: SoftHsm) -> None:
    serial = hsm.init_token("mine")
    with running(portal, "jobs.presence") as watcher:
        wait_until(lambda: portal.watch.seen(serial) is not None)
        watcher.send_signal(signal.SIGTERM)
        assert watcher.wait(120) == 0


def test_an_idle_worker_ends_when_told(portal: Portal) -> None:
    with running(portal, "jobs.worker") as worker:
        wait_until(lambda: bool(portal.redis.scard("rq:workers")))
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(120) in {0, -signal.SIGTERM}, "it ends, also when it was not even waiting yet"


def test_the_sweeper_has_a_turn_for_each_promise(portal: Portal) -> None:
    works = [turn.work for turn in turns(portal)]
    assert portal.sweeper.sweep in works
    assert portal.monitor.review_due in works
    assert portal.revocations.follow in works
    assert portal.debts.settle in works
    assert portal.reconciliation.follow in works
    assert portal.mending.follow in works
    assert portal.told_templates.order_due in works
    assert portal.own_authority.order_due in works
    assert portal.people_imports.ring_due in works
    assert portal.accounts.forget_old in works


def test_a_run_in_this_process_holds_its_lease_by_the_rules_of_the_settings(portal: Portal) -> None:
    made = runner(portal)
    assert made.rules.lease == portal.settings.lease
    assert made.rules.attempts == portal.settings.update_attempts
    assert str(os.getpid()) in made.rules.owner
