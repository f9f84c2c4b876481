"""A vendor's library in this process: loaded late, running while it is used, never used through a fork."""

import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pkcs11
from pkcs11 import PKCS11Error, Slot, Token, TokenFlag

from portal.connectors.token import guard
from portal.connectors.token.store_lock import store_lock
from portal.connectors.token.translation import RefusalError
from portal.domain.troubles import Trouble, why

if TYPE_CHECKING:
    from pkcs11._pkcs11 import lib as Loaded  # noqa: N812

INITIALIZED: Final = TokenFlag.TOKEN_INITIALIZED


class Library:
    """One library of this process, running only while somebody uses it.

    A long-lived process does not see tokens that come later, and a failed sign-in leaves a session behind that
    nobody can close; stopping the library when its last user goes mends both and costs 0.3 ms on SoftHSM2.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._loaded: Loaded | None = None
        self._process = 0
        self._users = 0

    def acquire(self) -> None:
        """Load it and start it; raises RefusalError when it cannot be had."""
        guard.check()
        try:
            self._leave_parent()
            with store_lock().alone():
                self._loaded = pkcs11.lib(self.path)
        except PKCS11Error as error:
            detail = f"{Path(self.path).name}: {type(error).__name__}"
            raise RefusalError(why(Trouble.MODULE_MISSING, detail, module=self.path)) from None
        self._process = os.getpid()
        self._users += 1

    def release(self) -> None:
        """One user less; the last one stops the library."""
        self._users -= 1
        if self._users == 0:
            self._stop()

    def reset(self) -> None:
        """Drop what a failed sign-in left open, unless somebody else in this process would lose his session."""
        if self._users == 1 and self._loaded is not None:
            self._stop()
            with suppress(PKCS11Error), store_lock().alone():
                self._loaded.initialize()

    def tokens(self) -> list[Token]:
        """Every initialized token; a broken slot hides no other."""
        if self._loaded is None:
            return []
        found = []
        for slot in self._loaded.get_slots(token_present=True):
            with suppress(PKCS11Error):
                token = slot.get_token()
                if token.flags & INITIALIZED:
                    found.append(token)
        return found

    def slots(self) -> list[Slot]:
        """Every slot, empty ones included."""
        return [] if self._loaded is None else list(self._loaded.get_slots())

    def _leave_parent(self) -> None:
        """A library that was running when this process was forked off is stopped here before it is started."""
        if self._users and self._process != os.getpid():
            self._users = 0
            self._stop()

    def _stop(self) -> None:
        if self._loaded is not None:
            with suppress(PKCS11Error):  # one that noticed the fork says that it never ran
                self._loaded.finalize()


@cache
def library(path: str) -> Library:
    """The library of this path; there is one in a process, because PKCS#11 keeps its state by process."""
    return Library(path)


def serial_of(token: Token) -> str:
    """The serial number as text, as tokens pad it in different ways."""
    return token.serial.decode("utf-8", "replace").strip("\0 ")
