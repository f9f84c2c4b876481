"""What goes wrong on purpose: armed for a while, played by the server."""

import threading
from dataclasses import dataclass, field
from typing import Final

#: A trick that ends with a colon takes a number: seconds, a status, or how often an operation is looked at.
TRICKS: Final = (
    "down",
    "slow:",
    "http:",
    "cut_after",
    "rubbish",
    "truncated",
    "another",
    "wrong_version",
    "redirect",
    "operation:",
    "operation_failed",
    "operation_refused",
)
WHERE: Final = ("*", "look", "change")


@dataclass(slots=True)
class Trick:
    """``times`` 0 is always."""

    face: str
    where: str
    what: str
    times: int

    @property
    def name(self) -> str:
        return self.what.partition(":")[0]

    @property
    def number(self) -> float:
        return float(self.what.partition(":")[2] or 0)


@dataclass(slots=True)
class Mischief:
    """The tricks that are armed."""

    armed: list[Trick] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def arm(self, what: str, *, face: str = "*", where: str = "*", times: int = 1) -> None:
        """Play this, so often; raises ValueError for what it does not know."""
        trick = Trick(face, where, what, times)
        if where not in WHERE or (what not in TRICKS and f"{trick.name}:" not in TRICKS):
            raise ValueError(f"{where} {what}")
        if trick.number < 0 or times < 0:
            raise ValueError(what)
        with self._lock:
            self.armed.append(trick)

    def put_right(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self.armed.clear()

    def next(self, face: str, *, changes: bool) -> Trick | None:
        """What goes wrong now."""
        with self._lock:
            for trick in self.armed:
                if trick.face in {"*", face} and trick.where in {"*", "change" if changes else "look"}:
                    if trick.times == 1:
                        self.armed.remove(trick)
                    elif trick.times:
                        trick.times -= 1
                    return Trick(trick.face, trick.where, trick.what, trick.times)
        return None
