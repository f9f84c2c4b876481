"""What goes wrong on purpose: armed beforehand, played by the next request it is meant for."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

#: At which operation; ``*`` is any.
PLACES: Final = ("*", "send", "get", "ack", "status", "find")
#: What may go wrong; those with a colon want a value: ``fault:SMEVFailure``, ``http:503``, ``slow:2``.
TRICKS: Final = (
    *("fault:", "http:", "slow:", "cut_before", "cut_after", "truncated", "garbage", "xxe", "laughs", "multipart"),
    *(
        "wrong_signature",
        "wrapped",
        "unsigned",
        "expired",
        "stranger",
        "sender_forged",
        "no_names",
        "again",
        "forgotten",
    ),
)


@dataclass(slots=True)
class Trick:
    """One thing that goes wrong so many times; endlessly when ``times`` is 0."""

    where: str
    what: str
    times: int = 1


@dataclass(slots=True)
class Mischief:
    """What is armed. Whoever calls holds the lock of the queues."""

    armed: list[Trick] = field(default_factory=list)
    played: int = 0

    def arm(self, where: str, what: str, times: int = 1) -> None:
        """Raises ValueError for what nobody here can do."""
        known = what in TRICKS or any(what.startswith(trick) for trick in TRICKS if trick.endswith(":"))
        if where not in PLACES or not known or times < 0:
            raise ValueError(f"no such trick: {where} {what}")
        self.armed.append(Trick(where, what, times))

    def play(self, where: str) -> str:
        """What goes wrong with this request; empty when nothing does."""
        trick = next((one for one in self.armed if one.where in {"*", where}), None)
        if trick is None:
            return ""
        self.played += 1
        trick.times -= 1
        if not trick.times:
            self.armed.remove(trick)
        return trick.what


def value_of(trick: str, name: str, usual: str = "") -> str:
    """What stands behind the colon of this trick; ``usual`` when it is another trick."""
    found, _, value = trick.partition(":")
    return value if found == name else usual


def one_of(trick: str, names: Iterable[str]) -> bool:
    return trick.partition(":")[0] in names
