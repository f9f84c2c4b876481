"""A workstation falls silent after it has changed the token; another one gets token and task."""

import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import select

from agent.boundaries import Boundary
from portal.db.models import AgentOrder
from portal.domain.update_state import UpdateStatus
from tests.acceptance.third_party import CERTIFICATE, PRIVATE, PUBLIC
from tests.e2e.agent.overseer import Decision, overseen
from tests.e2e.agent.seed import COMMON, VPN
from tests.e2e.agent.world import LONG, Station, World, patiently, station
from tests.support.tokens import serial_of
from tests.support.wire import Wiring

pytestmark = pytest.mark.crash


@dataclass(frozen=True, slots=True)
class Silence:
    """Cuts a workstation off once the token has its key pair; it does not know that nobody hears it."""

    here: Station
    world: World
    silent: Event = field(default_factory=Event)

    def __call__(self, place: str, name: str) -> bool:
        if place == Boundary.AFTER_EFFECT and self._kind(name) == "generate_key_pair":
            self.here.wire.cut(Wiring.SILENT)
        elif place == Boundary.BEFORE_REPORT and self._kind(name) == "generate_key_pair":
            self.silent.set()
        return False

    def _kind(self, name: str) -> object:
        query = select(AgentOrder.body).where(AgentOrder.uid == name.partition(".")[0])
        with self.world.portal.database.read() as connection:
            return connection.execute(query).scalar_one()["kind"]


@dataclass(frozen=True, slots=True)
class Pause:
    """Stands still before it touches the token, until somebody has seen what is to be seen."""

    arrived: Event = field(default_factory=Event)
    go_on: Event = field(default_factory=Event)

    def __call__(self, place: str, _name: str) -> bool:
        if place == Boundary.BEFORE_INTENT:
            self.arrived.set()
            assert self.go_on.wait(LONG)
        return False


@contextmanager
def working(here: Station, asks: Path, decide: Decision) -> Iterator[None]:
    """Its program, which must end by itself when it is asked to."""
    with overseen(asks, decide) as overseer:
        program = here.start(overseer.place)
        try:
            yield
            program.send_signal(signal.SIGTERM)
            assert program.wait(LONG) == 0
            assert overseer.check()
        finally:
            program.kill()
            program.wait()


def carry(first: Station, second: Station, serial: str) -> None:
    """The token goes from one workstation to another."""
    folder = next(one for one in first.hsm.tokens.iterdir() if serial_of(one) == serial)
    shutil.move(folder, second.hsm.tokens / folder.name)


def test_what_the_first_says_too_late_is_refused(world: World, tmp_path: Path) -> None:
    with station(world, tmp_path / "first") as first, station(world, tmp_path / "second") as second:
        serial, (issued, revoked) = first.hsm.init_token("Свой"), world.ledger()
        device = world.device(serial, "Переносова")
        silence, pause = Silence(first, world), Pause()
        with working(first, tmp_path / "asks-1", silence):
            patiently(lambda: world.sees(first.uid, serial), "the first has the token")
            update = world.order(device)
            assert silence.silent.wait(LONG), first.said()
            carry(first, second, serial)
            world.lose_lease(update)
            with working(second, tmp_path / "asks-2", pause):
                assert pause.arrived.wait(LONG), second.said()
                first.wire.mend()
                patiently(lambda: "is not taken: epoch_over" in first.said(), "the first is refused")
                assert world.status(update).active
                pause.go_on.set()
                patiently(lambda: world.over(update), "the second finishes what the first began")
        assert world.status(update) is UpdateStatus.COMPLETED
        assert world.task(update).attempts == 2
        assert (first.made_keys(), second.made_keys()) == (1, 0)
        assert world.ledger() == (issued + 1, revoked)
        found = sorted((one.kind, one.label) for one in second.token(serial).objects())
        assert found == sorted((kind, label) for kind in (CERTIFICATE, PRIVATE, PUBLIC) for label in (VPN.name, COMMON))
        assert world.nothing_left(device)
