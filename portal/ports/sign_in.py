"""An identity provider people are sent to, and come back from with proof of who they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

#: Where a web server that asks for certificates answers whether it is ready.
READY: Final = "/sign-in/certificate/ready"


@dataclass(frozen=True, slots=True)
class Journey:
    """One way there and back: what only this browser knows, and where it comes back to."""

    state: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    back: str


@dataclass(frozen=True, slots=True)
class Proved:
    """Who somebody is over there: ``subject`` never changes, what else is said of him does.

    ``hint`` is what the provider wants to see of him when he signs out of it.
    """

    issuer: str
    subject: str
    claims: Mapping[str, object] = field(repr=False)
    hint: str = field(default="", repr=False)


class IdentityProvider(Protocol):
    """Each call raises OutsideUnavailable when it cannot be asked, and SignInDenied when nobody is let in."""

    def way_there(self, journey: Journey) -> str:
        """Where a browser is sent to prove who uses it."""
        ...

    def identify(self, journey: Journey, code: str) -> Proved:
        """Who came back with this code."""
        ...

    def way_out(self, back: str, hint: str = "") -> str:
        """Where one signs out over there, too; empty when that is not offered. ``hint`` tells who it is."""
        ...
