"""Another list of certificates for a device its owner keeps: in place where the server can, else by deleting it first.

A server that has no method for it knows the device no more between two calls. So it is asked to take the new list while
the old one stands: only when nothing but the old one is in its way is that deleted. Then the new one is told, more than
once if need be; what is refused all the same brings the old one back. Whoever is killed in between leaves an order that
is written down, and the next who carries it out finds nothing there and registers.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from portal.connectors.http import NoAnswer
from portal.connectors.registers.answering import Stopped
from portal.connectors.registers.indeed.talk import TAKEN, Authenticator, Talk
from portal.domain.connectors.indeed import UPDATE
from portal.domain.outcomes import Refused
from portal.ports.device_register import RegisterOrder

#: While the device is missing, a call that failed is made again at once and after these seconds, but for so long only.
_AGAIN_AFTER: Final = (0.0, 0.3, 1.0)
_LONGEST: Final = 20.0


@dataclass(frozen=True, slots=True)
class Relisting:
    """``known`` is the device as it is there, of the owner it stays with."""

    talk: Talk
    order: RegisterOrder
    known: Authenticator

    def carry_out(self) -> None:
        """The new list in the place of the old one; raises Stopped and NoAnswer."""
        if self.talk.settings.methods[UPDATE]:
            self.talk.update(self.order, self.known)
        elif self._stands_in_its_own_way():
            self._delete()
            self._register_anew()

    def _stands_in_its_own_way(self) -> bool:
        """Whether it would be taken, were the old one not there; False when it was taken beside or over it."""
        try:
            self._register()
        except Stopped as stopped:
            if not _is_taken(stopped):
                raise
            return True
        return False

    def _register(self) -> None:
        prints = frozenset(one.thumbprint for one in self.order.certificates)
        self.talk.register(self.order, self.known.user_id, prints)

    def _delete(self) -> None:
        try:
            self.talk.change("delete", self.order.serial, self.known)
        except NoAnswer:
            if self.talk.look(self.order.serial) is not None:
                raise

    def _register_anew(self) -> None:
        try:
            self._insist(self._register)
        except Stopped as stopped:
            if _is_final(stopped):
                self._insist(self._put_back)
            raise

    def _put_back(self) -> None:
        self.talk.register(self.order, self.known.user_id, self.known.certificates)
        back = None if self.known.active else self.talk.look(self.order.serial)
        if back is not None:
            self.talk.change("disable", self.order.serial, back)

    def _insist(self, call: Callable[[], None]) -> None:
        """Until it is taken, refused for good, or has failed too often."""
        end = time.monotonic() + _LONGEST
        for pause in (*_AGAIN_AFTER, None):
            try:
                call()
            except (Stopped, NoAnswer) as fault:
                if _is_taken(fault):
                    return  # an answer was lost, or somebody was quicker: it is looked at next
                if pause is None or _is_final(fault) or time.monotonic() > end:
                    raise
                time.sleep(pause)
            else:
                return


def _is_taken(fault: Exception) -> bool:
    return isinstance(fault, Stopped) and fault.outcome.why.detail == TAKEN


def _is_final(fault: Exception) -> bool:
    return isinstance(fault, Stopped) and isinstance(fault.outcome, Refused) and fault.outcome.permanent
