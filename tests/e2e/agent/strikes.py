"""What may befall a workstation at each place of its work, once for each kind of order."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from threading import Condition, Thread
from typing import Final

from sqlalchemy import select

from agent.boundaries import Boundary
from portal.db.models import AgentOrder
from portal.domain.ids import UpdateId
from portal.ports.agent_orders import OrderKind
from tests.e2e.agent.program import ACCEPTED
from tests.e2e.agent.world import LONG, Station, World, patiently
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
    _whole: Condition = field(default_factory=Condition)
    _broken: bool = False
    _wrong: Exception | None = None

    def __call__(self, place: str, name: str) -> bool:
        """Whether the program dies here; what is to be struck waits until the last blow is over."""
        if place == ACCEPTED:
            return bool(self.first) and self.mended() and self._strikes(Blow(self.first.pop(0).value))
        kind = self._kind_of(name.partition(".")[0])
        if kind in self.met or kind not in self.plan:
            return False
        strike = self.plan[kind]
        with self._whole:
            assert self._whole.wait_for(self.mended, LONG)
        if strike.boundary != place:
            return False
        self.met[kind] = strike
        return self._strikes(strike.blow)

    def mended(self) -> bool:
        """Whether everything is whole; raises what went wrong on the way."""
        if self._wrong is not None:
            raise self._wrong
        return not self._broken

    def _strikes(self, blow: Blow) -> bool:
        if blow is Blow.KILL:
            return True
        self._broken = True
        if blow is Blow.PULL:
            self.station.hsm.pull(self.serial)
            self.station.hsm.plug(self.wrong)
        else:
            self.station.wire.cut(Wiring.SILENT if blow is Blow.LOST else Wiring(blow.value))
        Thread(target=self._mends, args=(blow,), daemon=True).start()
        return False

    def _mends(self, blow: Blow) -> None:
        try:
            self._lasts(blow)
        except Exception as problem:  # noqa: BLE001 - raised by mended
            self._wrong = problem
        with self._whole:  # whoever finds it whole finds that said, too
            if blow is Blow.PULL:
                self.station.hsm.pull(self.wrong)
                self.station.hsm.plug(self.serial)
            else:
                self.station.wire.mend()
            self._broken = False
            self._whole.notify_all()

    def _lasts(self, blow: Blow) -> None:
        """Until it has been seen."""
        world, uid = self.world, self.station.uid
        if blow is Blow.PULL:
            seen = [(self.wrong, True), (self.serial, False)]
            patiently(lambda: all(world.sees(uid, token) is there for token, there in seen), "the other token is seen")
        elif blow is Blow.LOST:
            assert self.update is not None
            world.lose_lease(self.update)
        else:
            time.sleep(CUT)  # it is cut for a while: nothing is waited for

    def _kind_of(self, uid: str) -> OrderKind:
        if uid not in self._kind:
            with self.world.portal.database.read() as connection:
                body = connection.execute(select(AgentOrder.body).where(AgentOrder.uid == uid)).scalar_one()
            self._kind[uid] = OrderKind(str(body["kind"]))
        return self._kind[uid]
