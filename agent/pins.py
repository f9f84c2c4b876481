"""The PIN on this workstation: in memory, for one task, for minutes; and the digests of those a token refused."""

import hmac
import time
from hashlib import sha256
from threading import Lock

from agent.journal import AgentJournal
from portal.ports.token import Pin


class Pocket:
    """Holds one PIN while its task is worked on; forgets it after ``idle`` seconds without use."""

    def __init__(self, idle: float) -> None:
        self._idle = idle
        self._lock = Lock()
        self._pin: Pin | None = None
        self._used = 0.0

    def put(self, pin: Pin) -> None:
        with self._lock:
            self._empty()
            self._pin, self._used = pin, time.monotonic()

    def pin(self) -> Pin | None:
        """The PIN, if it is still here; asking for it is using it."""
        with self._lock:
            self._tidy()
            self._used = time.monotonic()
            return self._pin

    def full(self) -> bool:
        """Whether there is one; looking is no use of it."""
        with self._lock:
            self._tidy()
            return self._pin is not None

    def empty(self) -> None:
        with self._lock:
            self._empty()

    def _tidy(self) -> None:
        if self._pin is not None and time.monotonic() - self._used > self._idle:
            self._empty()

    def _empty(self) -> None:
        if self._pin is not None:
            self._pin.wipe()
        self._pin = None


class RefusedPins:
    """What tokens refused, as digests under a key of this workstation; a PIN is never kept."""

    def __init__(self, journal: AgentJournal, key: bytes) -> None:
        self._journal = journal
        self._key = key

    def remember(self, serial: str, pin: Pin) -> None:
        self._journal.remember_refused(self._digest(serial, pin))

    def forget(self, serial: str, pin: Pin) -> None:
        self._journal.forget_refused(self._digest(serial, pin))

    def known(self, serial: str, pin: Pin) -> bool:
        """Whether this token refused this very PIN."""
        return self._journal.was_refused(self._digest(serial, pin))

    def _digest(self, serial: str, pin: Pin) -> str:
        message = bytearray(f"{serial}\0{pin.reveal()}", "utf-8")
        digest = hmac.new(self._key, message, sha256).hexdigest()
        message[:] = bytes(len(message))
        return digest
