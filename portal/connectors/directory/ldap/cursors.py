"""Where a reading goes on: kept as text by whoever asked, and understood here only."""

import base64
import binascii
import json
from dataclasses import asdict, dataclass
from typing import Self

from portal.domain.connectors.ldap import Changes


@dataclass(frozen=True, slots=True)
class Cursor:
    """``server`` is the copy of the directory whose counter ``reached`` is; another one counts otherwise."""

    way: str
    reached: str
    server: str = ""

    @classmethod
    def of(cls, text: str) -> Self | None:
        """The cursor of a text; None when it is none."""
        try:
            found = json.loads(text)
            return cls(str(found["way"]), str(found["reached"]), str(found["server"]))
        except (ValueError, KeyError, TypeError):
            return None

    @classmethod
    def after_dirsync(cls, cookie: bytes) -> Self:
        """Where the control of Active Directory goes on."""
        return cls(Changes.DIRSYNC.value, base64.b64encode(cookie).decode())

    @property
    def cookie(self) -> bytes:
        """What the control goes on from."""
        try:
            return base64.b64decode(self.reached, validate=True)
        except binascii.Error:
            return b""

    @property
    def text(self) -> str:
        """To be kept."""
        return json.dumps(asdict(self))
