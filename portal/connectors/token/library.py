"""A vendor's library in this process: loaded late, started afresh for every user, never used through a fork."""

import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pkcs11
from pkcs11 import PKCS11Error, Token, TokenFlag

from portal.connectors.token import guard
from portal.connectors.token.translation import RefusalError
from portal.domain.troubles import Trouble, why

if TYPE_CHECKING:
    from pkcs11._pkcs11 import lib as Loaded  # noqa: N812

INITIALIZED: Final = TokenFlag.TOKEN_INITIALIZED


class Library:
    """One library of this process.

    A long-lived process does not see tokens that come later, and a failed sign-in leaves a session behind that
    nobody can close; starting the library again (0.3 ms on SoftHSM2) mends both, so it is done whenever nobody uses it.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._loaded: Loaded | None = None
        self._process = 0
        self._users = 0

    def acquire(self) -> None:
        """Load it, or start it again if it was used before; raises RefusalError when it cannot be had."""
        guard.check()
        if self._process != os.getpid():
            self._users = 0
        try:
            self._start()
        except PKCS11Error as error:
            detail = f"{Path(self.path).name}: {type(error).__name__}"
            raise RefusalError(why(Trouble.MODULE_MISSING, detail, module=self.path)) from None
        self._process = os.getpid()
        self._users += 1

    def release(self) -> None:
        """One user less."""
        self._users -= 1

    def reset(self) -> None:
        """Drop what a failed sign-in left open, unless somebody else in this process would lose his session."""
        if self._users == 1:
            with suppress(PKCS11Error):
                self._restart()

    def tokens(self) -> list[Token]:
        """Every initialized token; a broken slot hides no other."""
        assert self._loaded is not None, "acquire the library first"  # noqa: S101 - a slip of ours, not of a token
        found = []
        for slot in self._loaded.get_slots(token_present=True):
            with suppress(PKCS11Error):
                token = slot.get_token()
                if token.flags & INITIALIZED:
                    found.append(token)
        return found

    def _start(self) -> None:
        if self._loaded is None:
            self._loaded = pkcs11.lib(self.path)
        elif self._users == 0:
            self._restart()

    def _restart(self) -> None:
        assert self._loaded is not None  # noqa: S101
        with suppress(PKCS11Error):  # a library that noticed the fork was never started in this process
            self._loaded.finalize()
        self._loaded.initialize()


@cache
def library(path: str) -> Library:
    """The library of this path; there is one in a process, because PKCS#11 keeps its state by process."""
    return Library(path)


def preload() -> None:
    """Import what the first work-horse would have to import; loads no vendor's library."""
    import pkcs11._pkcs11  # noqa: F401, PLC0415 - costs tens of milliseconds once instead of in every job


def serial_of(token: Token) -> str:
    """The serial number as text, as tokens pad it in different ways."""
    return token.serial.decode("utf-8", "replace").strip("\0 ")
