"""Journeys to providers of sign-in that this browser has begun, kept in its signed cookie until it comes back."""

from datetime import timedelta
from typing import Any, Final

from flask import session

from portal.ports.sign_in import Journey
from portal.web.current import portal

_KEY: Final = "journeys"
#: Several windows may be on their way at once.
_MOST: Final = 3
LIFE: Final = timedelta(minutes=10)


def remember(name: str, journey: Journey, wanted: str) -> None:
    """Before somebody is sent there; ``wanted`` is where he goes afterwards."""
    told = [name, journey.state, journey.nonce, journey.verifier, wanted, int(portal().clock.now().timestamp())]
    session[_KEY] = [*_begun(), told][-_MOST:]


def recall(name: str, state: str, back: str) -> tuple[Journey, str] | None:
    """The journey that ends with this state, and where he wanted to go; each ends once."""
    begun = _begun()
    mine = next((one for one in begun if one[0] == name and state and one[1] == state), None)
    if mine is None:
        return None
    session[_KEY] = [one for one in begun if one is not mine]
    _name, _state, nonce, verifier, wanted, _at = mine
    return Journey(state, nonce, verifier, back), wanted


def _begun() -> list[list[Any]]:
    oldest = (portal().clock.now() - LIFE).timestamp()
    return [one for one in session.get(_KEY, []) if one[5] > oldest]
