"""The PIN of one run: taken from its ticket, never tried twice once a token refused it."""

from dataclasses import replace

from portal.domain.ids import UpdateId
from portal.domain.troubles import Trouble, Why
from portal.ports.token import Pin
from portal.ports.vault import PinTickets


class RunPins:
    """Gives a gateway the PIN people entered for this update, as long as its ticket lives."""

    def __init__(self, tickets: PinTickets, update: UpdateId, serial: str) -> None:
        self._tickets = tickets
        self._update = update
        self._serial = serial
        self._given: Pin | None = None
        self._repeated = False

    def pin(self) -> Pin | None:
        """The PIN, or None: nobody entered one, its ticket ended, or this token refused the very same one."""
        pin = self._tickets.take(self._update, self._serial)
        if pin is not None and self._tickets.was_refused(self._serial, pin):
            self._forget(pin)
            self._repeated = True
            return None
        self._given = pin
        return pin

    def refused(self) -> None:
        """Remember a digest of the PIN, so that it is never tried again, and end its ticket."""
        if self._given is not None:
            self._tickets.remember_refused(self._serial, self._given)
            self._forget(self._given)

    def explain(self, why: Why) -> Why:
        """Say "the same PIN again" where a token only knows that it got none."""
        if self._repeated and why.trouble is Trouble.PIN_NEEDED:
            return replace(why, trouble=Trouble.PIN_REPEATED)
        return why

    def wipe(self) -> None:
        """Overwrite what is left of the PIN in memory."""
        if self._given is not None:
            self._given.wipe()
            self._given = None

    def _forget(self, pin: Pin) -> None:
        self._tickets.destroy(self._update)
        pin.wipe()
        self._given = None
