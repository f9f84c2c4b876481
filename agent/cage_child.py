"""The process a vendor's library is let loose in: one library, one token, one session; it may crash or hang."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path
from threading import Thread
from typing import Final, cast

from agent.lock import HeldFile
from portal.connectors.token.desk import Pkcs11Desk
from portal.connectors.x509 import X509Reader
from portal.ports.token import ObjectOrder, Pin, TokenGateway

_STOPS: Final = (signal.SIGINT, signal.SIGTERM)


class CagedPin:
    """The PIN on this side of the pipe; implements PinSource and LastTryAllowed."""

    def __init__(self) -> None:
        self._pin: Pin | None = None
        self._daring = False

    def take(self, value: str, *, daring: bool) -> None:
        self._pin, self._daring = Pin(value), daring

    def pin(self) -> Pin | None:
        return self._pin

    def accepted(self) -> None:
        self._daring = False  # it was for one try

    def refused(self) -> None:
        if self._pin is not None:
            self._pin.wipe()
        self._pin, self._daring = None, False

    def spends_last_try(self) -> bool:
        return self._daring


def serve(pipe: Connection, module: str, serial: str, *, hold: str, patience: float) -> None:
    """Answer what is asked about one token until the other end is gone.

    ``hold`` is a file: a former process that still works for a program that was killed has it, and is waited for.
    """
    for number in _STOPS:  # what was begun on a token is finished; the parent ends us
        signal.signal(number, signal.SIG_IGN)
    Thread(target=_outlive_nobody, args=(patience,), daemon=True).start()
    alone = HeldFile(Path(hold))
    if not alone.take(patience):
        return
    pins = CagedPin()
    with suppress(EOFError, OSError), Pkcs11Desk([module], X509Reader()).gateway(serial, pins) as gateway:
        pipe.send((True, None))  # ready
        while True:
            verb, argument = pipe.recv()
            pipe.send(_answered(_VERBS[verb], gateway, pins, argument))


def _answered(
    act: Callable[[TokenGateway, CagedPin, object], object], gateway: TokenGateway, pins: CagedPin, argument: object
) -> tuple[bool, object]:
    try:
        return True, act(gateway, pins, argument)
    except Exception as error:  # noqa: BLE001 - a library that answers rubbish; told by its kind, its text may quote
        return False, type(error).__name__


def _take_pin(_gateway: TokenGateway, pins: CagedPin, argument: object) -> None:
    value, daring = cast("tuple[str, bool]", argument)
    pins.take(value, daring=daring)


def _do(gateway: TokenGateway, _pins: CagedPin, argument: object) -> object:
    return gateway.carry_out(cast("ObjectOrder", argument))


def _look(gateway: TokenGateway, _pins: CagedPin, argument: object) -> object:
    return gateway.effect_of(cast("ObjectOrder", argument))


_VERBS: Final[dict[str, Callable[[TokenGateway, CagedPin, object], object]]] = {
    "pin": _take_pin,
    "do": _do,
    "look": _look,
}


def _outlive_nobody(patience: float) -> None:
    """End with the parent; a call under way gets the time a call may take."""
    parent = parent_process()
    if parent is None:
        return
    wait([parent.sentinel])
    time.sleep(patience)
    os._exit(1)
