"""What tests and the page arrange, as plain values."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

from portal.stands.registers.stand import Stand


class Unheard(LookupError):  # noqa: N818 - named after what it is
    """There is no such order."""


def state(stand: Stand) -> dict[str, Any]:
    """Everything there is to see."""
    return {
        "faces": list(stand.faces),
        "devices": [{**asdict(one), "body": dict(one.body)} for one in stand.shelf.all()],
        "calls": [asdict(one) for one in stand.shelf.calls()],
        "tricks": [asdict(one) for one in stand.mischief.armed],
        "strangers": sorted({login for face in stand.faces.values() for login in face.strangers}),
    }


def obey(stand: Stand, order: str, how: Mapping[str, Any]) -> None:
    """Do it; raises Unheard, and KeyError, TypeError or ValueError for what cannot be understood."""
    if order not in _ORDERS:
        raise Unheard(order)
    _ORDERS[order](stand, how)


def _arm(stand: Stand, how: Mapping[str, Any]) -> None:
    face, where = str(how.get("face") or "*"), str(how.get("where") or "*")
    if face not in {"*", *stand.faces}:
        raise ValueError(face)
    stand.mischief.arm(str(how["what"]), face=face, where=where, times=int(how.get("times", 1)))


def _stranger(stand: Stand, how: Mapping[str, Any]) -> None:
    for face in stand.faces.values():
        face.strangers.add(str(how["login"]))


_ORDERS: Final[Mapping[str, Callable[[Stand, Mapping[str, Any]], None]]] = {
    "tricks": _arm,
    "peace": lambda stand, _: stand.mischief.put_right(),
    "strangers": _stranger,
    "forget": lambda stand, _: stand.forget(),
}
