"""The PIN of one run: taken from its ticket, never tried twice once a token refused it."""

from contextlib import suppress
from dataclasses import replace

from portal.domain.errors import OutsideUnavailable
from portal.domain.ids import UpdateId
from portal.domain.troubles import Trouble, Why
from portal.ports.token import Pin
from portal.ports.vault import PinTickets


class RunPins:
    """Gives a gateway the PIN people entered for this update, as long as its ticket lives.

    ``sets``: it is not tried but set on the token, which may have refused the same one before.
    """

    def __init__(self, tickets: PinTickets, update: UpdateId, serial: str, *, sets: bool = False) -> None:
        self._tickets = tickets
        self._update = update
        self._serial = serial
        self._sets = sets
        self._given: Pin | None = None
        self._repeated = False

    def pin(self) -> Pin | None:
        """The PIN, or None: nobody entered one, its ticket ended, or this token refused the very same one.

        The ticket ends before the PIN is tried: should this process die before it learns that the PIN was wrong,
        nobody can try it a second time. When tickets cannot be reached, there is no PIN.
        """
        try:
            self._given = self._taken()
        except OutsideUnavailable:
            self._given = None
        return self._given

    def _taken(self) -> Pin | None:
        pin = self._tickets.take(self._update, self._serial)
        if pin is None:
            return None
        self._tickets.destroy(self._update)
        if not self._sets and self._tickets.was_refused(self._serial, pin):
            pin.wipe()
            self._repeated = True
            return None
        return pin

    def accepted(self) -> None:
        """The PIN is right: a new ticket lets the run go on by itself after a crash."""
        if self._given is not None:
            with suppress(OutsideUnavailable):  # then a person is asked again, and nothing else is lost
                self._tickets.keep(self._update, self._serial, self._given)
                if self._sets:  # nobody asked whether the token had refused it
                    self._tickets.forget_refused(self._serial, self._given)

    def refused(self) -> None:
        """Remember a digest of the PIN, so that it is never tried again; its ticket has ended already."""
        if self._given is not None:
            try:
                self._tickets.remember_refused(self._serial, self._given)
            finally:
                self.wipe()

    def new_pin(self) -> Pin | None:
        """The PIN that shall be set, while its ticket lives."""
        try:
            return self._tickets.take_new(self._update, self._serial)
        except OutsideUnavailable:
            return None

    def end(self) -> None:
        """No run may use what is left of the ticket: a person has to enter the PIN again."""
        with suppress(OutsideUnavailable):  # then it ends by itself, in minutes
            self._tickets.destroy(self._update)

    def end_all(self) -> None:
        """The run is over: neither PIN is needed any more."""
        self.end()
        with suppress(OutsideUnavailable):
            self._tickets.destroy_new(self._update)

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
