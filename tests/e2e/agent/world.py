"""The running product, workstations with tokens of their own, and what both did, told by others."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select, update

from agent.client import Address
from agent.enrolling import Asked, enrol
from agent.state import State
from portal.bootstrap import Portal
from portal.connectors.ca.builtin.tables import ORDERS, REVOCATIONS
from portal.db.models import Agent, AgentTask, AgentToken, Device, Person, Unit, Update
from portal.db.transaction import Database
from portal.domain.agent_tasks import AgentState
from portal.domain.device import DeviceState
from portal.domain.ids import DeviceId, UpdateId
from portal.domain.plan_items import Choices
from portal.domain.update_state import UpdateStatus
from portal.services.agent_tasks import AgentTaskDraft
from portal.services.devices import DeviceDraft, add_devices
from portal.services.people import PersonDraft, add_people
from tests.acceptance.installation import Installation
from tests.acceptance.third_party import OpenSc
from tests.e2e.agent.seed import BEFORE
from tests.support.faults import FaultModule
from tests.support.source_tree import ROOT
from tests.support.tokens import PIN, SoftHsm, softhsm
from tests.support.waiting import eventually
from tests.support.wire import Wire, wired

PROGRAM: Final = ROOT / "tests" / "e2e" / "agent" / "program.py"
#: Whoever asks a database without a pause takes the time of those he waits for.
PACE: Final = 0.1
#: Many programs are started until one update is over.
LONG: Final = 400.0


def patiently(true: Callable[[], object], what: str) -> None:
    """Until it is true, asked now and then."""

    def asked() -> bool:
        if true():
            return True
        time.sleep(PACE)
        return False

    eventually(asked, what, LONG)


@dataclass(frozen=True, slots=True)
class World:
    """The product, a second door to its database, and a module that counts what is asked of tokens."""

    installation: Installation
    portal: Portal
    module: Path
    overheard: Wire

    def device(self, serial: str, surname: str) -> DeviceId:
        """A device of somebody in the first unit."""
        now = self.portal.clock.now()
        login = f"user-{serial}"
        attributes = {"login": login, "surname": surname, "given_name": "Яна", "cn": f"{surname} Яна"}
        with self.portal.database.begin() as connection:
            drafts = [PersonDraft(BEFORE, {**attributes, "email": f"{login}@key.example"})]
            (holder,) = add_people(connection, drafts, now)
            device = DeviceDraft(serial, type="SoftHSM", label=surname, holder=holder, state=DeviceState.ISSUED)
            return add_devices(connection, [device], now)[0]

    def moves(self, device: DeviceId, unit: tuple[str, ...]) -> None:
        """The holder of the device works somewhere else now."""
        with self.portal.database.begin() as connection:
            holder = connection.execute(select(Device.holder_id).where(Device.id == device)).scalar_one()
            place = connection.execute(select(Unit.id).where(Unit.name == unit[-1])).scalar_one()
            connection.execute(update(Person).where(Person.id == holder).values(unit_id=place))

    def order(self, device: DeviceId) -> UpdateId:
        """Have it updated at whatever workstation sees it."""
        tasks = self.portal.agent_tasks
        plan = tasks.plan(device, Choices()).plan
        assert not plan.empty
        return tasks.order(device, Choices(), plan.content_hash, AgentTaskDraft("Прошу обновить"), actor="admin")

    def nothing_left(self, device: DeviceId) -> bool:
        """Whether the next plan would be empty."""
        return self.portal.agent_tasks.plan(device, Choices()).plan.empty

    def task(self, number: UpdateId) -> Any:
        """Its row now."""
        with self.portal.database.read() as connection:
            return connection.execute(select(AgentTask.__table__).where(AgentTask.update_id == number)).one()

    def over(self, number: UpdateId) -> bool:
        """Whether the update has come to its end, and its task with it."""
        with self.portal.database.read() as connection:
            status = connection.execute(select(Update.status).where(Update.id == number)).scalar_one()
        return not status.active and not self.task(number).state.active

    def status(self, number: UpdateId) -> UpdateStatus:
        """Where it is."""
        return self.installation.status(number)

    def sees(self, agent: str, serial: str) -> bool:
        """Whether the portal knows that this workstation has the token."""
        query = select(AgentToken.present).join(Agent, Agent.id == AgentToken.agent_id)
        with self.portal.database.read() as connection:
            found = connection.execute(query.where(Agent.uid == agent, AgentToken.serial == serial))
            return bool(found.scalar_one_or_none())

    def lose_lease(self, number: UpdateId) -> None:
        """Time passes until nobody has the task any more."""
        past = self.portal.clock.now().replace(year=2020)

        def lost() -> bool:
            mine = (AgentTask.update_id == number, AgentTask.lease_until.is_not(None))
            with self.portal.database.begin() as connection:
                connection.execute(update(AgentTask).where(*mine).values(lease_until=past))
            return self.task(number).holder_agent_id is None

        patiently(lost, "the task is given back")

    def ledger(self) -> tuple[int, int]:
        """How many certificates the authority has ever issued, and revoked."""
        with Database(self.portal.settings.ca_database_url) as database, database.read() as connection:
            issued = connection.execute(select(ORDERS.c.serial).where(ORDERS.c.certificate.is_not(None))).all()
            return len(issued), len(connection.execute(select(REVOCATIONS.c.serial)).all())


@dataclass(frozen=True, slots=True)
class Station:
    """A workstation that was let in: a folder of its own, tokens of its own, a wire of its own to the portal."""

    state: State
    hsm: SoftHsm
    faults: FaultModule
    wire: Wire

    @property
    def uid(self) -> str:
        """How the portal calls it."""
        enrolment = self.state.enrolment()
        assert enrolment is not None
        return enrolment.agent

    @property
    def env(self) -> dict[str, str]:
        """What its programs find."""
        target = {"P11FAULT_TARGET": str(self.hsm.module), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        return {**os.environ, **self.hsm.env, **self.faults.env, **target}

    def start(self, asks: Path) -> subprocess.Popen[bytes]:
        """The program, which asks there at every place it passes."""
        with (self.state.folder.parent / "program.log").open("ab") as log:
            command = [sys.executable, str(PROGRAM), str(self.state.folder), str(self.faults.module), str(asks)]
            return subprocess.Popen(command, cwd=ROOT, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def said(self) -> str:
        """Everything its program said so far."""
        log = self.state.folder.parent / "program.log"
        return log.read_text() if log.exists() else ""

    def made_keys(self) -> int:
        """How many key pairs its tokens have made; a call that failed made none."""
        log = (self.faults.folder / "log").read_text().splitlines()
        return len([line for line in log if line.split()[1:3] == ["C_GenerateKeyPair", "0x0"]])

    def token(self, serial: str, pin: str = PIN) -> OpenSc:
        """One of its tokens as OpenSC sees it."""
        return OpenSc(self.hsm, serial, pin)


@contextmanager
def station(world: World, folder: Path) -> Iterator[Station]:
    """One more workstation."""
    folder.mkdir()
    with softhsm() as hsm, wired(world.installation.settings.agents_port) as wire:
        faults = FaultModule(world.module, folder / "faults")
        faults.folder.mkdir()
        faults.wrong_pins(0)
        faults.rules()
        state = State(folder / "state")
        code = world.portal.agent_codes.make(by="admin").text
        assert enrol(state, Asked(Address(f"https://127.0.0.1:{wire.port}"), code)) is AgentState.ACCEPTED
        yield Station(state, hsm, faults, wire)
