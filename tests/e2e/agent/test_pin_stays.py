"""A marked PIN is typed at a workstation, well and badly; neither the portal nor any wire ever knows it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Final

import pytest

from agent.client import Address
from agent.enrolling import Asked, enrol
from agent.state import State
from portal.connectors.redis_client import connect
from portal.domain.agent_tasks import AgentState
from portal.domain.ids import DeviceId, UpdateId
from portal.domain.update_state import UpdateStatus
from tests.acceptance.canary import disguises, found_in, places
from tests.acceptance.installation import peep
from tests.acceptance.visitor import Visitor
from tests.agent.workstation import Workstation, command, workstation
from tests.e2e.agent.seed import AFTER
from tests.e2e.agent.world import World, patiently
from tests.support.memory import memory
from tests.support.tokens import SoftHsm
from tests.support.wire import Wire, Wiring, wired

pytestmark = pytest.mark.crash

#: Every PIN begins with it.
MARK: Final = f"Znak{token_hex(6)}"
GOOD: Final = f"{MARK}-good"
BAD: Final = f"{MARK}-evil"
TRACES: Final = disguises(MARK)
#: Programs of the portal; each must have been looked into.
PROGRAMS: Final = ("gunicorn", "jobs.worker", "jobs.sweeper", "jobs.presence", "portal.front", "valkey-server")


@dataclass(frozen=True, slots=True)
class Desk:
    """A person at a workstation, and somebody at the portal."""

    world: World
    visitor: Visitor
    hsm: SoftHsm
    state: State
    wire: Wire
    uid: str

    def order(self, device: DeviceId, serial: str) -> UpdateId:
        """Order an update when the workstation is known to have the token."""
        patiently(lambda: self.world.sees(self.uid, serial), "the token is seen")
        return self.world.order(device)

    def over(self, update: UpdateId, status: UpdateStatus) -> None:
        patiently(lambda: self.world.over(update), "the update is over")
        assert self.world.status(update) is status

    @contextmanager
    def program(self) -> Iterator[Workstation]:
        """The program itself, at a terminal."""
        with workstation(command(self.state, [self.hsm.module], "--prompt", "terminal", "run")) as running:
            yield running


@pytest.fixture
def desk(world: World, hsm: SoftHsm, tmp_path: Path) -> Iterator[Desk]:
    state = State(tmp_path / "state")
    with wired(world.installation.settings.agents_port) as wire:
        code = world.portal.agent_codes.make(by="admin").text
        assert enrol(state, Asked(Address(f"https://127.0.0.1:{wire.port}"), code)) is AgentState.ACCEPTED
        enrolment = state.enrolment()
        assert enrolment is not None
        yield Desk(world, world.installation.visitor(), hsm, state, wire, enrolment.agent)


def accepts(running: Workstation, pin: str) -> None:
    """The person says yes and types this."""
    running.sees("Ваш выбор")
    running.types("1")
    running.sees("ПИН-код:")
    running.types(pin)


def test_a_marked_pin_is_known_to_nobody_but_the_workstation(desk: Desk) -> None:
    world, serial = desk.world, desk.hsm.init_token("Меченый", pin=GOOD)
    device = world.device(serial, "Меткина")
    refused_then_taken(desk, device, serial)
    world.moves(device, AFTER)
    cancelled(desk, device, serial)
    killed(desk, device, serial)
    nowhere_in_memory(world)
    nowhere_on_disk(desk)
    nowhere_on_a_wire(desk)
    assert found_in("\n".join(desk.visitor.answers).encode(), TRACES) == []


def refused_then_taken(desk: Desk, device: DeviceId, serial: str) -> None:
    with desk.program() as running:
        update = desk.order(device, serial)
        accepts(running, BAD)
        running.sees("ПИН-код:")
        running.types(GOOD)
        desk.over(update, UpdateStatus.COMPLETED)
        assert running.stop() == 0
    assert found_in(running.screen.encode(), TRACES) == []


def cancelled(desk: Desk, device: DeviceId, serial: str) -> None:
    """The update is cancelled while the program has the PIN and cannot say so."""
    with desk.program() as running:
        update = desk.order(device, serial)
        running.sees("Ваш выбор")
        desk.wire.cut(Wiring.SILENT)
        running.types("1")
        running.sees("ПИН-код:")
        running.types(GOOD)
        running.sees("Обновляем")
        knows(running)
        desk.visitor.submit(desk.visitor.run(update).form("/cancellation"))
        desk.over(update, UpdateStatus.CANCELLED)
        desk.wire.mend()
        assert running.stop() == 0


def killed(desk: Desk, device: DeviceId, serial: str) -> None:
    """The program is killed while it has the PIN; the next one asks again."""
    with desk.program() as running:
        update = desk.order(device, serial)
        running.sees("Ваш выбор")
        desk.wire.cut(Wiring.SILENT)
        running.types("1")
        running.sees("ПИН-код:")
        running.types(GOOD)
        running.sees("Обновляем")
        running.stop(signal.SIGKILL)
    desk.wire.mend()
    with desk.program() as running:
        accepts(running, GOOD)
        desk.over(update, UpdateStatus.COMPLETED)
        assert running.stop() == 0


def knows(running: Workstation) -> None:
    """The search finds a PIN where there is one."""
    assert any(found_in(piece, TRACES) for piece in memory(running.process.pid))


def nowhere_in_memory(world: World) -> None:
    looked_into = b""
    for pid in world.installation.processes():
        size = 0
        for piece in memory(pid):
            assert found_in(piece, TRACES) == [], peep(pid, "cmdline")
            size += len(piece)
        looked_into += peep(pid, "cmdline") if size > 2**20 else b""
    assert [name for name in PROGRAMS if name.encode() not in looked_into] == []


def nowhere_on_disk(desk: Desk) -> None:
    """Databases, logs, files of the queue server, and the folder of the workstation."""
    installation = desk.world.installation
    connect(installation.settings.redis_url).save()
    searched = dict(places(installation))
    searched |= {one.name: one.read_bytes() for one in desk.state.folder.rglob("*") if one.is_file()}
    assert {"klyuchnik.db", "klyuchnik.db-wal", "log/web.log", "valkey/dump.rdb", "journal.sqlite"} <= searched.keys()
    assert any(name.endswith(".aof") for name in searched)
    assert {name: traces for name, content in searched.items() if (traces := found_in(content, TRACES))} == {}


def nowhere_on_a_wire(desk: Desk) -> None:
    """Between workstation and front all is sealed; between front and web it is to be read."""
    spoken = desk.world.overheard.heard
    for word in (b"POST /agent/v1/poll", b"/answer HTTP/1.1", b"/report HTTP/1.1", b'"accepted"'):
        assert word in spoken
        assert word not in desk.wire.heard
    assert len(desk.wire.heard) > len(b"POST /agent/v1/poll")
    assert found_in(spoken, TRACES) == []
    assert found_in(desk.wire.heard, TRACES) == []
