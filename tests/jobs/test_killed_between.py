"""A worker is killed between the two calls that give a device another list: the device is not left missing."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal.bootstrap import Portal
from portal.db import register_book
from portal.db.models import DeviceOperation, OperationStatus, OrderKind, Person, RegisterResult
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.ids import DeviceId, OperationId
from portal.domain.policy import Register
from portal.services.connectors import ConnectorDraft
from portal.stands.registers import indeed
from portal.stands.registers.saying import Answer
from tests.jobs import test_processes as processes
from tests.support.office import SERIAL, Office
from tests.support.register_stand import RunningRegisters, running_registers
from tests.support.source_tree import ROOT

portal, office = processes.portal, processes.office
REGISTER = "api/v6/authenticator/register"


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[RunningRegisters]:
    with running_registers(tmp_path / "stand") as running:
        yield running


def connect(portal: Portal, stand: RunningRegisters) -> None:
    """Lead the portal to a server that has no method to change a device where it stands."""
    values = stand.values(ConnectorKind.REGISTER_INDEED)
    draft = ConnectorDraft(values.kind, "indeed", {**values.plain, **values.secrets})
    portal.connectors.add(draft, actor="admin")


def owe(portal: Portal, device: DeviceId) -> OperationId:
    """Have the register told of the device, as after an update that changed its certificates."""
    with portal.database.begin() as connection:
        word = register_book.Word(device, Register.ACCESS_MANAGER, OrderKind.REGISTER)
        return register_book.owe(connection, word, portal.clock.now())


def children(process: int) -> list[int]:
    """The work-horses of a worker."""
    return [int(pid) for pid in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def test_a_device_is_not_left_missing(
    portal: Portal, office: Office, stand: RunningRegisters, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(portal, stand)
    with portal.database.read() as connection:
        user = stand.stand.access.user_of(connection.execute(select(Person.login)).scalar_one())
    body = {"userId": user, "deviceModel": "", "comment": "", "modeId": stand.stand.access.mode_id}
    old = stand.stand.shelf.put("indeed", SERIAL, {**body, "certificates": ["ab" * 32], "isActive": True})
    worker, killed = list[int](), list[int]()
    names, register = indeed._METHODS[REGISTER]

    def register_after_the_end(face: indeed.IndeedFace, told: Mapping[str, Any]) -> Answer:
        if face.shelf.get(indeed.FACE, SERIAL) is None and not killed:
            killed.extend(children(worker[0]))
            for pid in killed:
                os.kill(pid, signal.SIGKILL)
            raise indeed._error(503, "Busy")
        return register(face, told)

    monkeypatch.setitem(indeed._METHODS, REGISTER, (names, register_after_the_end))
    number = owe(portal, office.device)
    portal.queue.carry_operation(number, 0)
    command = [sys.executable, "-c", processes.BURST]
    with subprocess.Popen(command, cwd=ROOT, env=processes.environment(portal)) as process:
        worker.append(process.pid)
        assert process.wait(processes.PATIENCE) == 0
    assert len(killed) == 1, "it died while the device was missing"
    kept = stand.stand.shelf.get("indeed", SERIAL)
    assert kept is not None, "the same worker took it up again at once"
    assert (kept.id != old.id, kept.body["userId"], kept.body["certificates"]) == (True, user, [])
    with portal.database.read() as connection:
        row = connection.execute(select(DeviceOperation.status, DeviceOperation.attempts)).one()
        result = connection.execute(select(RegisterResult.status)).scalar_one()
    assert (row.status, row.attempts, result.value) == (OperationStatus.DONE, 2, "done")
