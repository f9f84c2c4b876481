"""Everything that goes wrong around an update, by the dice."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final

from portal.domain.outcomes import Refused, WaitingFor
from portal.domain.troubles import Trouble, why
from tests.fakes.sim_token import SimToken


class Crash(Exception):  # noqa: N818  it is what happened
    """The process is gone."""


#: What may go wrong at a place, before and after the effect. ``silent`` is a world that will not tell.
BEFORE: Final = {
    "token.carry_out": ("pulled", "pulled", "error", "crash", "crash", "full"),
    "token.effect_of": ("pulled", "error", "crash", "silent"),
    "ca.request": ("down", "down", "crash"),
    "ca.look_up": ("down", "crash"),
    "ca.effect_of": ("down", "crash", "silent"),
    "ca.revoke": ("down", "crash", "forbidden"),
    "ca.status": ("down",),
    "ca.withdraw": ("down", "crash"),
    "identity.check": ("unasked", "crash"),
    "identity.announce": ("down", "crash"),
    "register.register": ("down", "crash", "forbidden"),
    "register.withdraw": ("down", "crash", "forbidden"),
    "register.known": ("down", "crash"),
}
AFTER: Final = {
    "token.carry_out": ("pulled", "error", "crash", "crash"),
    "ca.request": ("down", "crash", "crash"),
    "ca.look_up": ("down", "crash"),
    "ca.revoke": ("down", "crash"),
    "ca.withdraw": ("down", "crash"),
    "identity.announce": ("down", "crash"),
    "register.register": ("down", "crash"),
    "register.withdraw": ("down", "crash"),
}
HARD: Final = frozenset({"full", "forbidden", "silent"})
ODDITIES: Final = {
    "ca.decides": ("decides",),
    "ca.refuses": ("refuses",),
    "identity.decides": ("decides",),
    "ca.issue": ("key", "subject", "early", "late"),
}


@dataclass(slots=True)
class Weather:
    """Implements Nature; ``rate`` is how often something goes wrong, zero once it is calm."""

    rng: Random
    rate: float
    token: SimToken
    #: what has gone wrong so far, to be read when a story is told again
    struck: list[str] = field(default_factory=list)

    #: whether something struck after which an update may rightly fail
    hard: bool = False

    def before(self, place: str) -> Refused | None:
        return self._strike(place, BEFORE[place]) if self.rng.random() < self.rate else None

    def after(self, place: str) -> Refused | None:
        return self._strike(f"{place} (done)", AFTER[place]) if self.rng.random() < self.rate else None

    def odd(self, place: str) -> str:
        if self.rng.random() >= self.rate:
            return ""
        kind = self.rng.choice(ODDITIES[place])
        self.hard = self.hard or kind != "decides"
        self.struck.append(f"{place}: {kind}")
        return kind

    def _strike(self, place: str, kinds: tuple[str, ...]) -> Refused:
        kind = self.rng.choice(kinds)
        self.struck.append(f"{place}: {kind}")
        self.hard = self.hard or kind in HARD
        return STRIKES[kind](self, place)

    def pull(self, _place: str) -> Refused:
        self.token.plugged = False
        return Refused(why(Trouble.TOKEN_REMOVED), permanent=False, whom=WaitingFor.TOKEN)

    def crash(self, place: str) -> Refused:
        raise Crash(place)


STRIKES: Final[dict[str, Callable[[Weather, str], Refused]]] = {
    "pulled": Weather.pull,
    "crash": Weather.crash,
    "error": lambda _weather, _place: Refused(why(Trouble.TOKEN_ERROR), permanent=False),
    "full": lambda _weather, _place: Refused(why(Trouble.TOKEN_FULL), permanent=True),
    "silent": lambda _weather, _place: Refused(why(Trouble.IN_DOUBT), permanent=True),
    "down": lambda _weather, _place: Refused(why(Trouble.CA_UNAVAILABLE), permanent=False),
    "unasked": lambda _weather, _place: Refused(
        why(Trouble.IDENTITY_NEEDED), permanent=False, whom=WaitingFor.IDENTITY
    ),
    "forbidden": lambda _weather, _place: Refused(why(Trouble.CA_REFUSED), permanent=True),
}
