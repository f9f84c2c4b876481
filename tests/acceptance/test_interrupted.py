"""Worker and work-horse are killed in mid-update, Valkey loses everything: nothing is lost, the update is finished."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import redis

from portal.connectors.redis_client import connect
from portal.domain.update_state import UpdateStatus
from portal.domain.update_steps import StepKind
from portal.services.boundaries import Boundary
from tests.acceptance.conftest import NewInstallation
from tests.acceptance.installation import LONG, PIN, Installation, Variation, eventually
from tests.acceptance.third_party import CERTIFICATE, OpenSc
from tests.acceptance.visitor import Visitor
from tests.acceptance.worker import VARIABLE, Orders

pytestmark = pytest.mark.e2e

WORKER = "tests.acceptance.worker"


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Orders:
    return Orders(tmp_path_factory.mktemp("orders"))


@pytest.fixture(scope="module")
def installation(new_installation: NewInstallation, orders: Orders) -> Iterator[Installation]:
    """Its workers stand still where a test wants it."""
    with new_installation(Variation(worker=WORKER, workers=2, env={VARIABLE: str(orders.folder)})) as made:
        yield made


def test_a_killed_worker_and_its_horse_are_replaced(
    installation: Installation, orders: Orders, capsys: pytest.CaptureFixture[str]
) -> None:
    device, serial = installation.device("Смирнова")
    visitor = installation.visitor()
    update, horse = stopped_in_the_middle(installation, orders, visitor, device, StepKind.WRITE_CERTIFICATE)
    for pid in (parent(horse), horse):  # the worker first: it has no chance to note the end of its horse
        os.kill(pid, signal.SIGKILL)
    orders.go_on()
    took = installation.wait_for(update, UpdateStatus.COMPLETED)
    with capsys.disabled():
        print(f"\nkilled worker: update completed {took:.1f} s after the blow")  # noqa: T201  a figure for whoever runs it
    labels = [found.label for found in OpenSc(installation.hsm, serial, PIN).objects() if found.kind == CERTIFICATE]
    assert sorted(labels) == ["Wi-Fi офиса", "Вход в домен", "Партнёр", "Удалённый доступ"]


def test_a_redis_that_forgets_everything_loses_nothing(installation: Installation, orders: Orders) -> None:
    device, serial = installation.device("Никитин")
    visitor = installation.visitor()
    update, horse = stopped_in_the_middle(installation, orders, visitor, device, StepKind.WRITE_COMMON)
    connect(installation.settings.redis_url).flushall()
    (server,) = installation.processes("valkey-server")
    os.kill(server, signal.SIGKILL)
    os.kill(horse, signal.SIGKILL)  # with its session on the token, so that the lost PIN is missed
    orders.go_on()
    eventually(lambda: answers(installation), LONG, "Valkey is started again")
    eventually(lambda: "PIN-код нужен ещё раз" in visitor.run(update).text, LONG, "the PIN is asked for again")
    visitor.enter_pin(update, PIN)
    installation.wait_for(update, UpdateStatus.COMPLETED)
    assert installation.updates_of(device) == [update]
    labels = {found.label for found in OpenSc(installation.hsm, serial, PIN).objects()}
    assert labels == {"Вход в домен", "Подпись документов", "Сдача отчётности"}


def stopped_in_the_middle(
    installation: Installation, orders: Orders, visitor: Visitor, device: int, kind: StepKind, *, pin: str = PIN
) -> tuple[int, int]:
    """An update that stands between an effect on the token and its outcome; the update and its work-horse."""
    orders.wait_at(kind, Boundary.AFTER_EFFECT)
    update, _ = visitor.order(device, pin)
    eventually(orders.arrived, LONG, f"the work-horse comes to {kind}")
    (horse,) = orders.arrived()
    assert (kind, "intended") in installation.steps(update)
    return update, horse


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def answers(installation: Installation) -> bool:
    with suppress(redis.RedisError):
        return bool(connect(installation.settings.redis_url).ping())
    time.sleep(0.1)
    return False
