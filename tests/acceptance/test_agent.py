"""A token in a workstation of its own: let in by a code, asked for, the PIN entered there, updated, told."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.state import State
from portal.domain.update_state import UpdateStatus
from portal.seed.soft_tokens import WORKSTATION
from tests.acceptance.installation import LONG, PIN, Installation, eventually
from tests.acceptance.third_party import OpenSc
from tests.acceptance.visitor import Visitor, update_number
from tests.agent.workstation import command, workstation
from tests.support.tokens import SoftHsm, serial_of

pytestmark = pytest.mark.e2e
CODE = re.compile(r"(?:[0-9A-Z]{4}-){8}[0-9A-Z]{4}")


@contextmanager
def elsewhere(installation: Installation, serial: str, hsm: SoftHsm) -> Iterator[None]:
    """The token of the branch is plugged in at another SoftHSM2 than the portal's; and comes back in the end."""
    branch = installation.settings.data_dir / WORKSTATION / "tokens"
    here = next(one for one in branch.iterdir() if serial_of(one) == serial)
    there = hsm.tokens / here.name
    shutil.move(here, there)
    try:
        yield
    finally:
        shutil.move(there, here)


def code_of(visitor: Visitor) -> str:
    made = visitor.submit(visitor.get("/admin/agents/codes").form("/agents/codes"), comment="Кабинет 12")
    found = CODE.search(made.html)
    assert found, made.text
    return found[0]


def order(visitor: Visitor, device: int) -> int:
    """Through the dialog: the plan, then the step for a workstation."""
    plan = visitor.get(f"/admin/devices/{device}/updates/new").form("/updates/pin")
    plan.action = plan.action.replace("/updates/pin", "/updates/agent")
    step = visitor.submit(plan)
    return update_number(visitor.submit(step.form("/updates/agent"), comment="Прошу обновить до обеда"))


def test_from_the_code_to_a_finished_update(installation: Installation, hsm: SoftHsm, tmp_path: Path) -> None:
    device, serial = installation.device("Казань")
    visitor = installation.visitor()
    state = State(tmp_path / "state")
    address = installation.settings.agents_address
    with elsewhere(installation, serial, hsm):
        before = OpenSc(hsm, serial, PIN).objects()
        with workstation(command(state, [hsm.module], "enroll", address, "--code", code_of(visitor))) as station:
            assert station.ended() == 0, station.screen
        with workstation(command(state, [hsm.module], "--prompt", "terminal", "run")) as station:
            update = order(visitor, device)
            station.sees("Прошу обновить до обеда")
            station.sees("Ваш выбор")
            station.types("1")
            station.sees("ПИН-код:")
            station.types(PIN)
            installation.wait_for(update, UpdateStatus.COMPLETED)
            eventually(lambda: "Обновляем" in station.screen, LONG, "the person sees that it goes on")
            assert station.stop() == 0
        assert OpenSc(hsm, serial, PIN).objects() != before
    assert "Устройство обновлено" in visitor.run(update).text
    assert "Кабинет 12" in visitor.get("/admin/agents/1").text
