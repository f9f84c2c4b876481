"""One token behind one library, in a process of its own that is watched and replaced."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Final, cast

from agent.cage_child import serve
from portal.domain.outcomes import Done, Effect, Outcome, Refused, Unknown, WaitingFor
from portal.domain.troubles import Trouble, why
from portal.ports.token import GenerateKeyPair, ObjectOrder, Pin, TokenReply

_START: Final = 30.0  # seconds more for a process that is to start first, on a slow machine


class CageError(Exception):
    """The process did not answer; ``hung`` tells one that was stopped from one that died."""

    def __init__(self, detail: str, *, hung: bool = False) -> None:
        super().__init__(detail)
        self.refused = Refused(
            why(Trouble.TOKEN_HANGS if hung else Trouble.TOKEN_ERROR, detail), permanent=False, whom=WaitingFor.RETRY
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """How many seconds a call may take."""

    read: float = 30.0
    generation: float = 120.0

    def of(self, order: ObjectOrder) -> float:
        return self.generation if isinstance(order, GenerateKeyPair) else self.read


class Cage:
    """Implements what an executor asks of a token; every crash and hang is an answer, and the next call a new process.

    The PIN is given to each new process, once the token has taken it; one whose process died before that is not tried
    again, because the try may have been spent.
    """

    def __init__(self, module: str, serial: str, folder: Path, limits: Limits) -> None:
        self.module = module
        self._serial = serial
        self._hold = folder / f"token-{sha256(serial.encode()).hexdigest()[:16]}.lock"
        self._limits = limits
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._pin: Callable[[], Pin | None] = lambda: None
        self._daring = False
        self._given = self._proved = False

    def use(self, pin: Callable[[], Pin | None], *, last_try: bool = False) -> None:
        """From now on the token is opened with this PIN, in a process that has seen no other."""
        self.close()
        self._pin, self._daring = pin, last_try
        self._given = self._proved = False

    def carry_out(self, order: ObjectOrder) -> Outcome[TokenReply]:
        """Do it."""
        try:
            answer = self._asked("do", order, self._limits.of(order))
        except CageError as failed:
            return failed.refused
        self._proved |= isinstance(answer, Done)
        return cast("Outcome[TokenReply]", answer)

    def effect_of(self, order: ObjectOrder) -> Effect[TokenReply]:
        """Whether it took effect, by looking."""
        try:
            answer = self._asked("look", order, self._limits.of(order))
        except CageError as failed:
            return Unknown(failed.refused.why, failed.refused.whom)
        return cast("Effect[TokenReply]", answer)

    def close(self) -> None:
        """End the process, and with it the session and the PIN it held."""
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
        self._pipe = self._process = None

    def _asked(self, verb: str, argument: object, seconds: float) -> object:
        try:
            if self._pipe is None:
                self._start()
            return self._exchange(verb, argument, seconds)
        except (EOFError, OSError):
            self.close()
            raise CageError("process died") from None
        except CageError:
            self.close()
            raise

    def _exchange(self, verb: str, argument: object, seconds: float) -> object:
        if self._pipe is None:
            raise CageError("process died")
        self._pipe.send((verb, argument))
        return self._received(self._pipe, seconds)

    def _received(self, pipe: Connection, seconds: float) -> object:
        if not pipe.poll(seconds):
            raise CageError(f"no answer in {seconds:g} s", hung=True)
        answered, value = pipe.recv()
        if not answered:
            raise CageError(f"unreadable answer: {value}")
        return cast("object", value)

    def _start(self) -> None:
        context = get_context("spawn")
        self._pipe, there = context.Pipe()
        args = (there, self.module, self._serial)
        limits = {"hold": str(self._hold), "patience": self._limits.read}
        self._process = context.Process(target=serve, args=args, kwargs=limits, daemon=True)
        self._process.start()
        there.close()
        self._received(self._pipe, self._limits.read + _START)
        if self._given and not self._proved:
            return
        pin, daring, self._daring = self._pin(), self._daring, False
        if pin is not None:
            self._given = True
            self._exchange("pin", (pin.reveal(), daring), self._limits.read)
