"""Indeed Access Manager behind the port: looked at first, told what is not so yet, looked at after a lost answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from portal.connectors.http import NoAnswer
from portal.connectors.registers.answering import Stopped, answered, settled, unavailable
from portal.connectors.registers.indeed.relisting import Relisting
from portal.connectors.registers.indeed.talk import TAKEN, Authenticator, Talk
from portal.domain.outcomes import Effect, Outcome
from portal.ports.device_register import DeviceCondition, RegisterOrder

#: A device of another owner is taken away, given, and perhaps switched off: each is a call, after each it is looked at.
_CALLS: Final = 4
_Known = Authenticator | None
_Next = Callable[[], object] | None


@dataclass(frozen=True, slots=True)
class IndeedRegister:
    """The port speaks of devices, Access Manager of authenticators: one is the other."""

    talk: Talk

    def register(self, order: RegisterOrder) -> Outcome[str]:
        def bring() -> str:
            user = self.talk.user_of(order)
            return self._until(order.serial, lambda known: self._towards(order, user, known))

        return answered(bring)

    def withdraw(self, order: RegisterOrder) -> Outcome[str]:
        return answered(lambda: self._until(order.serial, lambda known: self._change("delete", order, known)))

    def suspend(self, order: RegisterOrder) -> Outcome[str]:
        return answered(lambda: self._until(order.serial, lambda known: self._switch(order, known, active=False)))

    def resume(self, order: RegisterOrder) -> Outcome[str]:
        return answered(lambda: self._until(order.serial, lambda known: self._switch(order, known, active=True)))

    def known(self, serial: str) -> Effect[str]:
        return settled(lambda: _id(self.talk.look(serial)))

    def active(self, serial: str) -> Effect[str]:
        def look() -> str | None:
            found = self.talk.look(serial)
            return found.id if found and found.active else None

        return settled(look)

    def _towards(self, order: RegisterOrder, user: str, known: _Known) -> _Next:
        """The next call on the way to what the order says, None when it is so."""
        prints = frozenset(one.thumbprint for one in order.certificates)
        if known is None:
            return lambda: self.talk.register(order, user, prints)
        if known.user_id != user:  # he who held it must not be let in by it any more
            return self._change("delete", order, known)
        if known.certificates != prints:
            return Relisting(self.talk, order, known).carry_out
        return self._switch(order, known, active=order.condition is DeviceCondition.ACTIVE)

    def _switch(self, order: RegisterOrder, known: _Known, *, active: bool) -> _Next:
        if known is None or known.active is active:
            return None
        return self._change("enable" if active else "disable", order, known)

    def _change(self, method: str, order: RegisterOrder, known: _Known) -> _Next:
        return (lambda: self.talk.change(method, order.serial, known)) if known else None

    def _until(self, serial: str, step: Callable[[_Known], _Next]) -> str:
        """Look and call until nothing is left to call; the id of the device, empty when it is unknown."""
        silent: NoAnswer | None = None
        before: _Known = None
        for _call in range(_CALLS):
            known = self.talk.look(serial)
            call = step(known)
            if call is None:
                return _id(known) or ""
            if silent and known == before:
                raise silent  # it was not taken
            silent, before = None, known
            try:
                call()
            except NoAnswer as silence:
                if not silence.asked:
                    raise
                silent = silence  # it may have been taken all the same: look
            except Stopped as stopped:
                if stopped.outcome.why.detail != TAKEN or self.talk.look(serial) is None:
                    raise  # somebody who was quicker is to be seen now
        raise unavailable("it does not come to the state it was told")


def _id(known: _Known) -> str | None:
    return known.id if known else None
