"""The line to the portal as it is now, and the portal's time; both change while the program runs."""

from datetime import UTC, datetime, timedelta
from threading import Lock

from agent import enrolling
from agent.client import Address, PortalLine, trusting
from agent.state import Enrolment, State


class Link:
    """One line for messages and one that is held open, both with the certificate in force."""

    def __init__(self, state: State, enrolment: Enrolment, proxy: str) -> None:
        self._state = state
        self._enrolment = enrolment
        self._address = Address(enrolment.url, proxy)
        self._lock = Lock()
        self._ahead = timedelta()
        self._line = self._made()
        self._held = self._made()

    @property
    def line(self) -> PortalLine:
        return self._line

    @property
    def held(self) -> PortalLine:
        return self._held

    @property
    def agent(self) -> str:
        return self._enrolment.agent

    @property
    def order_key(self) -> bytes:
        with self._lock:
            return self._enrolment.trust.order_key

    def renew(self) -> None:
        """Get the next certificate and go on with it; raises what the line raises."""
        enrolling.renew(self._state, self._enrolment, self._line)
        with self._lock:
            self._enrolment = self._state.enrolment() or self._enrolment
        self._line.close()
        self._line = self._made()
        self._held = self._made()  # the old one is held open: it ends by itself

    def heard(self, portal_now: datetime) -> None:
        """The portal said what time it is."""
        self._ahead = portal_now - datetime.now(UTC)

    def now(self) -> datetime:
        """The portal's time: a workstation's clock may be off, and lists are judged by the one who made them."""
        return datetime.now(UTC) + self._ahead

    def close(self) -> None:
        self._line.close()

    def _made(self) -> PortalLine:
        return PortalLine(
            self._address, trusting(self._enrolment.trust.authority, self._enrolment.ca_file, self._state.identity)
        )
