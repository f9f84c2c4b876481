"""A register of devices behind the watch of its connector: left alone while that is paused or backs off."""

from collections.abc import Callable
from dataclasses import dataclass

from portal.domain.outcomes import Done, Effect, Outcome, Refused, Unknown, Waiting, WaitingFor
from portal.domain.troubles import Trouble, Why, why
from portal.ports.device_register import DeviceRegister, RegisterOrder
from portal.services.connector_watch import Guard


@dataclass(frozen=True, slots=True)
class _Watched:
    """``inner`` is called when the guard lets it be."""

    inner: DeviceRegister
    guard: Guard

    def register(self, order: RegisterOrder) -> Outcome[str]:
        return self._told(lambda: self.inner.register(order))

    def withdraw(self, order: RegisterOrder) -> Outcome[str]:
        return self._told(lambda: self.inner.withdraw(order))

    def suspend(self, order: RegisterOrder) -> Outcome[str]:
        return self._told(lambda: self.inner.suspend(order))

    def resume(self, order: RegisterOrder) -> Outcome[str]:
        return self._told(lambda: self.inner.resume(order))

    def active(self, serial: str) -> Effect[str]:
        return self._seen(lambda: self.inner.active(serial))

    def known(self, serial: str) -> Effect[str]:
        return self._seen(lambda: self.inner.known(serial))

    def _told(self, call: Callable[[], Outcome[str]]) -> Outcome[str]:
        if (shut := self.guard.closed()) is not None:
            return Refused(_ours(shut), permanent=False)
        outcome = call()
        # one that takes its time has answered
        self.guard.hear(Done("") if isinstance(outcome, Waiting) else outcome)
        return outcome

    def _seen(self, look: Callable[[], Effect[str]]) -> Effect[str]:
        if (shut := self.guard.closed()) is not None:
            return Unknown(_ours(shut), WaitingFor.RETRY)
        return self.guard.hear(look())


@dataclass(frozen=True, slots=True)
class _Shut:
    """A connector that cannot be opened: nothing is told until somebody mends it."""

    why: Why

    def register(self, _order: RegisterOrder) -> Outcome[str]:
        return Refused(self.why, permanent=False)

    withdraw = suspend = resume = register

    def known(self, _serial: str) -> Effect[str]:
        return Unknown(self.why, WaitingFor.RETRY)

    active = known


def watched_register(inner: DeviceRegister, guard: Guard) -> DeviceRegister:
    """The register behind its watch."""
    return _Watched(inner, guard)


def shut_register(because: Why) -> DeviceRegister:
    """A register that answers nothing but this until somebody mends its connector."""
    return _Shut(because)


def _ours(shut: Why) -> Why:
    """What the watch of every connector says, as it is said of registers."""
    if shut.trouble is Trouble.CONNECTOR_PAUSED:
        return shut
    return why(Trouble.REGISTER_UNAVAILABLE, shut.detail)
