"""The program and the portal themselves: mutual TLS, a real token, the engine; only the line of workers is a double."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from agent.boundaries import Boundary
from agent.client import Address
from agent.enrolling import Asked, enrol
from agent.state import State
from jobs.runtime import runner
from portal.bootstrap import BUILTIN_CA, Portal, build
from portal.connectors.ca.builtin.setup import create_authority
from portal.connectors.token.desk import Pkcs11Desk
from portal.db.models import AgentTask, AgentToken, Update
from portal.domain.agent_tasks import AgentState, AgentTaskState
from portal.domain.certificate import KeyAlgorithm, Purpose, TemplateKey
from portal.domain.device import DeviceState
from portal.domain.ids import DeviceId, PolicyId, UpdateId
from portal.domain.outcomes import Done
from portal.domain.plan_items import Choices
from portal.domain.policy import CertificateTemplate, DeviceUsagePolicy, SubjectRecipe
from portal.domain.update_state import UpdateStatus
from portal.ports.token import ReadContents
from portal.services.agent_tasks import AgentTaskDraft
from portal.services.devices import DeviceDraft, add_devices
from portal.services.people import PersonDraft, add_people
from portal.services.policies import assign, publish
from portal.settings import Settings
from tests.agent import killed
from tests.support.fronts import Fronted, data_of, fronted
from tests.support.pins import Pins
from tests.support.servers import Valkey
from tests.support.source_tree import ROOT
from tests.support.tokens import PIN, SoftHsm
from tests.support.waiting import eventually

UNIT = ("Ключ",)
TEMPLATE = CertificateTemplate(
    TemplateKey(BUILTIN_CA, "vpn", Purpose.AUTHENTICATE),
    "Удалённый доступ",
    KeyAlgorithm.EC_P256,
    SubjectRecipe((("CN", "{cn}"),)),
    renewal_window=timedelta(days=30),
)
#: Its authority asks for what the recipe does not give.
REFUSED = replace(TEMPLATE, key=replace(TEMPLATE.key, ca_template="domain-logon"))


@pytest.fixture
def running(tmp_path: Path, empty_file: Path, queue_server: Valkey) -> Iterator[Fronted]:
    folder = tmp_path / "portal"
    folder.mkdir()
    shutil.copy(empty_file, folder / "klyuchnik.db")
    portal = build(Settings.from_env(data_of(folder, queue_server.url)))
    create_authority(portal.ca_place, BUILTIN_CA, subject=(("CN", "Проба"),), algorithm=KeyAlgorithm.EC_P256)
    with portal.database, fronted(portal) as made:
        yield made


@pytest.fixture
def state(running: Fronted, tmp_path: Path) -> State:
    """A workstation that was let in with a code."""
    state = State(tmp_path / "state")
    code = running.portal.agent_codes.make(by="administrator").text
    assert enrol(state, Asked(Address(f"https://127.0.0.1:{running.tls}"), code)) is AgentState.ACCEPTED
    return state


def a_device(portal: Portal, serial: str, template: CertificateTemplate = TEMPLATE) -> DeviceId:
    """A device somebody holds, and a policy for it."""
    now = portal.clock.now()
    attributes = {"login": "belyaeva", "surname": "Беляева", "given_name": "Марина", "cn": "Беляева Марина"}
    with portal.database.begin() as connection:
        draft = DeviceUsagePolicy(PolicyId(0), 0, "Сотрудники", (template,))
        policy = publish(connection, draft, actor="administrator", now=now)
        assign(connection, policy.id, container=UNIT, priority=1, now=now)
        (holder,) = add_people(connection, [PersonDraft(UNIT, attributes)], now)
        return add_devices(connection, [DeviceDraft(serial, holder=holder, state=DeviceState.ISSUED)], now)[0]


@contextmanager
def program(state: State, hsm: SoftHsm, *, dies: str = "never") -> Iterator[subprocess.Popen[bytes]]:
    """The agent with a person who says yes; it may be killed at a boundary."""
    called = [sys.executable, str(Path(killed.__file__)), str(state.folder), str(hsm.module), dies]
    process = subprocess.Popen(called, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=120)


class Worker:
    """Carries the update whenever it is due, as those who are called by the bell do."""

    def __init__(self, portal: Portal, number: UpdateId) -> None:
        self.portal = portal
        self.number = number

    def row(self) -> Any:
        with self.portal.database.read() as connection:
            return connection.execute(select(Update.status, Update.wake_at).where(Update.id == self.number)).one()

    def task(self) -> Any:
        with self.portal.database.read() as connection:
            return connection.execute(select(AgentTask.__table__).where(AgentTask.update_id == self.number)).one()

    def over(self) -> bool:
        """One round; whether there is nothing more to do."""
        self.portal.agent_care.look()
        runner(self.portal).advance(self.number)
        return not self.row().status.active and not self.task().state.active


def sees(portal: Portal, serial: str) -> bool:
    with portal.database.read() as connection:
        query = select(AgentToken.present).where(AgentToken.serial == serial)
        return bool(connection.execute(query).scalar_one_or_none())


def ordered(portal: Portal, device: DeviceId) -> Worker:
    plan = portal.agent_tasks.plan(device, Choices()).plan
    draft = AgentTaskDraft("истекает")
    return Worker(portal, portal.agent_tasks.order(device, Choices(), plan.content_hash, draft, actor="operator"))


def test_an_update_from_the_order_to_the_certificate_on_the_token(running: Fronted, state: State, hsm: SoftHsm) -> None:
    portal, serial = running.portal, hsm.init_token("Токен")
    device = a_device(portal, serial)
    with program(state, hsm):
        eventually(lambda: sees(portal, serial), "the portal hears of the token")
        worker = ordered(portal, device)
        eventually(worker.over, "the update is over")
    assert worker.row().status is UpdateStatus.COMPLETED
    assert worker.task().state is AgentTaskState.DONE
    assert portal.updates.review(device) == ()
    assert portal.agent_tasks.plan(device, Choices()).plan.empty


def test_the_program_is_killed_after_every_effect_and_started_again(
    running: Fronted, state: State, hsm: SoftHsm
) -> None:
    portal, serial = running.portal, hsm.init_token("Токен")
    device = a_device(portal, serial)
    with program(state, hsm, dies=Boundary.AFTER_EFFECT) as first:
        eventually(lambda: sees(portal, serial), "the portal hears of the token")
        worker = ordered(portal, device)
        eventually(lambda: worker.over() or first.poll() is not None, "it is killed")
    assert first.returncode == -signal.SIGKILL
    with program(state, hsm):
        eventually(worker.over, "the update is over")
    assert worker.row().status is UpdateStatus.COMPLETED
    assert portal.agent_tasks.plan(device, Choices()).plan.empty


def test_an_update_goes_back_through_the_program(running: Fronted, state: State, hsm: SoftHsm) -> None:
    """The authority refuses once the key pair is made: nothing of it stays on the token."""
    portal, serial = running.portal, hsm.init_token("Токен")
    device = a_device(portal, serial, REFUSED)
    with program(state, hsm):
        eventually(lambda: sees(portal, serial), "the portal hears of the token")
        worker = ordered(portal, device)
        eventually(worker.over, "the update is over")
    assert worker.row().status is UpdateStatus.FAILED
    assert worker.task().state is AgentTaskState.FAILED
    with Pkcs11Desk([hsm.module], portal.reader).gateway(serial, Pins(PIN)) as gateway:
        outcome = gateway.carry_out(ReadContents())
    assert isinstance(outcome, Done)
    assert outcome.reply.contents is not None
    assert outcome.reply.contents.keys == ()
