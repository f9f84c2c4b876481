"""One accepted task on this workstation: its token, its PIN while that lives, and the list that is worked on."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Condition, RLock, Thread
from typing import Final

from agent.cage import Cage, Limits
from agent.executor import Executor, Held, give_up
from agent.journal import AgentJournal
from agent.pins import Pocket, RefusedPins
from agent.presence import Presence
from portal.domain.contents import PinTries
from portal.domain.outcomes import Outcome, Refused, WaitingFor
from portal.domain.troubles import Trouble, Why, why
from portal.ports.agent_orders import StepList, may_execute
from portal.ports.token import Pin, ReadContents, TokenReply

_log = logging.getLogger("klyuchnik-agent")
_RETRY: Final = 1.0  # seconds between two tries while the token is away
PEACE: Final = 300.0  # seconds in which a person who does not want to is not asked again


@dataclass(frozen=True, slots=True)
class Workshop:
    """What all errands share. ``finished`` is called when a report is written, ``needs_pin`` when one is missing.

    ``wished`` tells whether the person wished to be asked after that time.
    """

    journal: AgentJournal
    executor: Executor
    presence: Presence
    refused: RefusedPins
    folder: Path
    limits: Limits
    pin_idle: float
    agent: str
    now: Callable[[], datetime]
    finished: Callable[[], None]
    needs_pin: Callable[["Errand"], None]
    wished: Callable[[float], bool]


class Errand:
    """Works in a thread of its own, so that one token that hangs holds up no other."""

    def __init__(self, shop: Workshop, task: str, serial: str, device: str) -> None:
        self.task = task
        self.serial = serial
        self.device = device
        self.pocket = Pocket(shop.pin_idle)
        self.refused = shop.refused
        self._shop = shop
        self._news = Condition()
        self._hands = RLock()  # the token is asked by one thread at a time
        self._cage: Cage | None = None
        self._steps: StepList | None = None
        self._held: Held | None = None
        self._why = why(Trouble.IN_DOUBT)
        self._quiet_since = self._quiet_until = 0.0
        self._unwilling = False
        self._closed = False
        self._thread = Thread(target=self._work, daemon=True)
        self._thread.start()

    # ── what others tell it ──────────────────────────────────────────────────

    def take(self, steps: StepList) -> None:
        """Do this next, or go on with it: the newest word of the portal stands."""
        with self._news:
            self._steps = steps
            self._news.notify()

    def nudge(self) -> None:
        """Something changed: a PIN came, a token came."""
        with self._news:
            self._held = None
            self._news.notify()

    def leave_in_peace(self) -> None:
        """The person does not want to enter the PIN now: the portal is told, and he is not asked again for a while."""
        with self._news:
            self._quiet_since, self._quiet_until = time.time(), time.monotonic() + PEACE
            self._unwilling, self._held = True, None
            self._news.notify()

    def listed(self) -> str:
        """The list it works on; empty when there is none."""
        steps = self._steps
        return steps.id if steps else ""

    def close(self) -> None:
        """Forget the PIN and end, after the order under way."""
        with self._news:
            self._closed = True
            self._news.notify()
        self._thread.join()
        self.pocket.empty()
        with self._hands:
            if self._cage is not None:
                self._cage.close()

    def tidy(self) -> None:
        """A session outlives its PIN by no minute."""
        if self.pocket.full() or not self._hands.acquire(blocking=False):
            return
        try:
            if self._cage is not None:
                self._cage.close()
        finally:
            self._hands.release()

    # ── the token ────────────────────────────────────────────────────────────

    def tries(self) -> PinTries:
        sighting = self._shop.presence.sighting(self.serial)
        return sighting.tries if sighting else PinTries.PLENTY

    def open(self, pin: Pin, *, last_try: bool = False) -> Outcome[TokenReply]:
        """Prove the PIN by one sign-in and keep it for this task."""
        with self._hands:
            cage = self._behind()
            if cage is None:
                return Refused(why(Trouble.TOKEN_ABSENT), permanent=False, whom=WaitingFor.TOKEN)
            self._unwilling = False
            self.pocket.put(pin)
            cage.use(self.pocket.pin, last_try=last_try)
            return cage.carry_out(ReadContents())

    def _behind(self) -> Cage | None:
        """The process that holds the token; None while no library shows it."""
        module = self._shop.presence.module_of(self.serial)
        if module is None:
            return None
        if self._cage is None or self._cage.module != module:
            if self._cage is not None:
                self._cage.close()
            self._cage = Cage(module, self.serial, self._shop.folder, self._shop.limits)
            self._cage.use(self.pocket.pin)
        return self._cage

    # ── the work ─────────────────────────────────────────────────────────────

    def _work(self) -> None:
        while (steps := self._next()) is not None:
            try:
                self._go_on(steps)
            except Exception as problem:  # noqa: BLE001 - one task that cannot be worked on ends no other
                _log.exception("a list could not be worked on")
                self._drop(steps, why(Trouble.TOKEN_ERROR, type(problem).__name__))

    def _next(self) -> StepList | None:
        with self._news:
            while not self._closed and (self._steps is None or self._held is not None):
                timed = self._steps is not None  # held: look again soon, whatever is missing
                if not self._news.wait(_RETRY if timed else None):
                    self._held = None
            return None if self._closed else self._steps

    def _go_on(self, steps: StepList) -> None:
        shop = self._shop
        refusal = may_execute(steps, shop.agent, self.serial, now=shop.now(), epochs=shop.journal.epochs())
        if refusal is not None:
            _log.warning("list %s is not carried out: %s", steps.id, refusal.value)
            self._drop(steps, self._why)
        elif (held := self._executed(steps)) is not None:
            self._hold(steps, held)
        else:
            self._done(steps)

    def _executed(self, steps: StepList) -> Held | None:
        with self._hands:
            cage = self._behind()
            if cage is None:
                return Held(WaitingFor.TOKEN, why(Trouble.TOKEN_ABSENT))
            if not self.pocket.full():
                return Held(WaitingFor.PIN, why(Trouble.PIN_NEEDED))
            return self._shop.executor.execute(steps, cage)

    def _hold(self, steps: StepList, held: Held) -> None:
        if held.whom is WaitingFor.TOKEN:
            self._quiet_until = 0.0  # whoever brings it back means to go on
        if held.whom is WaitingFor.PIN:
            self.pocket.empty()
            if self._unwilling:
                self._leave(steps)
                return
            if time.monotonic() >= self._quiet_until or self._shop.wished(self._quiet_since):
                self._shop.needs_pin(self)
        with self._news:
            self._held, self._why = held, held.why
            self._closed |= held.whom is None

    def _leave(self, steps: StepList) -> None:
        """The portal hears whom it waits for, and orders the same again: what was begun is looked at first then."""
        self._unwilling = False
        self._shop.journal.begin(steps)
        give_up(self._shop.journal, steps.id, steps.epoch, why(Trouble.PIN_NEEDED), whom=WaitingFor.PIN)
        self._done(steps)

    def _drop(self, steps: StepList, because: Why) -> None:
        """Nobody will go on with it here; what was begun of it is told to be in doubt."""
        if steps.id in {begun.list for begun in self._shop.journal.begun()}:
            give_up(self._shop.journal, steps.id, steps.epoch, because)
        self._done(steps)

    def _done(self, steps: StepList) -> None:
        with self._news:
            if self._steps is steps:
                self._steps = None
        self._shop.finished()
