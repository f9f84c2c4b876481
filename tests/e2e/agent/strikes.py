"""What may befall a workstation at each place of its work, once for each kind of order."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from threading import Thread
from typing import Final

from sqlalchemy import select

from agent.boundaries import Boundary
from portal.db.models import AgentOrder
from portal.domain.ids import UpdateId
from portal.ports.agent_orders import OrderKind
from tests.e2e.agent.program import ACCEPTED
from tests.e2e.agent.world import Station, World
from tests.support.waiting import eventually
from tests.support.wire import Wiring

#: How long a cut lasts; a minute is the same to everybody but the clock.
CUT: Final = 0.6


@unique
class Blow(StrEnum):
    """What happens."""

    KILL = "kill"  # the program is gone
    SILENT = "silent"  # nothing comes through either way
    DEAF = "deaf"  # the portal hears, its answer is lost
    LATE = "late"  # the portal hears when the program has said it again
    LOST = "lost"  # silent, until the task is nobody's
    PULL = "pull"  # another token is put in instead, then the right one


@dataclass(frozen=True, slots=True)
class Strike:
    """Where, and what."""

    boundary: Boundary
    blow: Blow

    def __str__(self) -> str:
        return f"{self.blow}-{self.boundary}"


@dataclass(slots=True)
class Fate:
    """Strikes each kind of order once where that is planned, and says what has been struck."""

    world: World
    station: Station
    plan: Mapping[OrderKind, Strike]
    serial: str
    wrong: str
    first: list[Wiring] = field(default_factory=list)
    update: UpdateId | None = None
    met: dict[OrderKind, Strike] = field(default_factory=dict)
    _kind: dict[str, OrderKind] = field(default_factory=dict)
    _mending: list[Thread] = field(default_factory=list)
    _wrong: list[Exception] = field(default_factory=list)

    def __call__(self, place: str, name: str) -> bool:
        """Whether the program dies here."""
        mending = not self.mended()
        if place == ACCEPTED:
            if self.first and not mending:
                self._cut(self.first.pop(0))
            return False
        kind = self._kind_of(name.partition(".")[0])
        strike = self.plan.get(kind)
        if kind in self.met or strike is None or strike.boundary != place or mending:
            return False
        self.met[kind] = strike
        return self._strikes(strike.blow)

    def mended(self) -> bool:
        """Whether everything is whole; raises what went wrong on the way."""
        if self._wrong:
            raise self._wrong[0]
        return not any(one.is_alive() for one in self._mending)

    def _strikes(self, blow: Blow) -> bool:
        match blow:
            case Blow.KILL:
                return True
            case Blow.PULL:
                self.station.hsm.pull(self.serial)
                self.station.hsm.plug(self.wrong)
                self._later(self._put_back)
            case Blow.LOST:
                self.station.wire.cut(Wiring.SILENT)
                self._later(self._lost)
            case _:
                self._cut(Wiring(blow.value))
        return False

    def _cut(self, wiring: Wiring) -> None:
        self.station.wire.cut(wiring)
        self._later(self._mended)

    def _mended(self) -> None:
        time.sleep(CUT)  # it is cut for a while: nothing is waited for
        self.station.wire.mend()

    def _lost(self) -> None:
        assert self.update is not None
        try:
            self.world.lose_lease(self.update)
        finally:
            self.station.wire.mend()

    def _put_back(self) -> None:
        world, uid = self.world, self.station.uid
        eventually(lambda: world.sees(uid, self.wrong), "the other token is seen")
        assert not world.sees(uid, self.serial)
        self.station.hsm.pull(self.wrong)
        self.station.hsm.plug(self.serial)

    def _later(self, act: Callable[[], None]) -> None:
        def done() -> None:
            try:
                act()
            except Exception as problem:  # noqa: BLE001 - raised by settle
                self._wrong.append(problem)

        self._mending.append(Thread(target=done, daemon=True))
        self._mending[-1].start()

    def _kind_of(self, uid: str) -> OrderKind:
        if uid not in self._kind:
            with self.world.portal.database.read() as connection:
                body = connection.execute(select(AgentOrder.body).where(AgentOrder.uid == uid)).scalar_one()
            self._kind[uid] = OrderKind(str(body["kind"]))
        return self._kind[uid]
