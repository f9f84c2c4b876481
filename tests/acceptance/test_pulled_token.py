"""The token is pulled out during each step that needs it; another one is put in first, then the right one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.domain.update_state import UpdateStatus
from portal.services.boundaries import Boundary
from tests.acceptance.conftest import NewInstallation
from tests.acceptance.installation import LONG, PIN, Installation, Variation, eventually
from tests.acceptance.test_main_job import exactly_as_planned
from tests.acceptance.third_party import OpenSc
from tests.acceptance.visitor import Visitor
from tests.acceptance.worker import VARIABLE, Orders
from tests.support.step_kinds import UPDATE_ON_TOKEN

pytestmark = pytest.mark.e2e


@pytest.fixture
def orders(tmp_path: Path) -> Orders:
    return Orders(tmp_path)


@pytest.fixture
def installation(new_installation: NewInstallation, orders: Orders) -> Iterator[Installation]:
    """Its workers obey this test."""
    with new_installation(Variation(worker="tests.acceptance.worker", env={VARIABLE: str(orders.folder)})) as made:
        yield made


def test_a_token_pulled_during_each_step(installation: Installation, orders: Orders) -> None:
    device, serial = installation.device("Смирнова")
    _, wrong = installation.device("Соколова")
    before = OpenSc(installation.hsm, serial, PIN).objects()
    only_plugged(installation, serial)
    for kind in UPDATE_ON_TOKEN:
        orders.pull_at(kind, Boundary.AFTER_INTENT, serial)
    visitor = installation.visitor()
    update, _ = visitor.order(device, PIN, "Шифрование почты")
    for pulled in range(1, len(UPDATE_ON_TOKEN) + 1):
        eventually(lambda: serial not in installation.plugged(), LONG, f"pull {pulled}; left: {orders.left()}")
        installation.wait_for(update, UpdateStatus.WAITING)
        assert len(orders.left()) == len(UPDATE_ON_TOKEN) - pulled
        tells_what_to_do(visitor, update)
        another_token_is_named(installation, visitor, update, wrong=wrong)
        installation.hsm.plug(serial)
    installation.wait_for(update, UpdateStatus.COMPLETED)
    chosen = visitor.submit(visitor.run(update).form("/tracking"))
    assert "Устройство обновлено" in chosen.text
    exactly_as_planned(OpenSc(installation.hsm, serial, PIN).objects(), before)


def only_plugged(installation: Installation, serial: str) -> None:
    for other in installation.plugged() - {serial}:
        installation.hsm.pull(other)


def tells_what_to_do(visitor: Visitor, update: int) -> None:
    """What happened, what is safe, what to do next."""
    text = visitor.run(update).text
    assert "Токен не подключён" in text or "Токен вынут во время записи" in text, text
    assert "Сертификаты, которые работали раньше, на месте." in text
    assert "Подключите тот же токен" in text or "Подключите токен" in text, text


def another_token_is_named(installation: Installation, visitor: Visitor, update: int, *, wrong: str) -> None:
    """With the wrong token in, the page says so and nothing goes on."""
    installation.hsm.plug(wrong)
    eventually(
        lambda: f"Сейчас подключены другие: {wrong}" in visitor.run(update).text, LONG, "the other token on the page"
    )
    assert installation.status(update) is UpdateStatus.WAITING
    installation.hsm.pull(wrong)
