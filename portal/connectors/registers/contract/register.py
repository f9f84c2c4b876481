"""A register behind the open contract: looked at first, told what is not so yet, looked at after a lost answer."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

from portal.connectors.http import NoAnswer
from portal.connectors.registers.answering import answered, at_work, refused, settled, unavailable
from portal.connectors.registers.contract.documents import GENERIC, Known, described, encoded
from portal.connectors.registers.contract.talk import ChangedMeanwhile, Talk
from portal.domain.outcomes import Effect, Outcome
from portal.ports.device_register import DeviceCondition, RegisterOrder

_TRIES: Final = 3
#: So often, and so far apart, an operation over there is asked about before it is left alone for a while.
_LOOKS: Final = 3
_APART: Final = 0.2
_AGAIN_IN: Final = timedelta(seconds=15)
_State = Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class ContractRegister:
    """``profile`` is what devices are there for; ``domain`` stands before the login of a person."""

    talk: Talk
    profile: str = GENERIC
    domain: str = ""

    def register(self, order: RegisterOrder) -> Outcome[str]:
        wanted = described(order, self.profile, self.domain)
        return answered(lambda: self._brought(order, "register", lambda _known: wanted))

    def withdraw(self, order: RegisterOrder) -> Outcome[str]:
        return answered(lambda: self._brought(order, "withdraw", lambda _known: None))

    def suspend(self, order: RegisterOrder) -> Outcome[str]:
        return answered(lambda: self._switched(order, "suspend", DeviceCondition.DISABLED))

    def resume(self, order: RegisterOrder) -> Outcome[str]:
        return answered(lambda: self._switched(order, "resume", DeviceCondition.ACTIVE))

    def known(self, serial: str) -> Effect[str]:
        return settled(lambda: _id(self.talk.device(serial)))

    def active(self, serial: str) -> Effect[str]:
        def look() -> str | None:
            found = self.talk.device(serial)
            return found.id if found and found.active else None

        return settled(look)

    def _switched(self, order: RegisterOrder, verb: str, condition: DeviceCondition) -> str:
        """What else is known of the device stays as the register has it."""

        def wanted(known: Known | None) -> _State:
            return {**known.body, "state": condition.value} if known else None

        return self._brought(order, verb, wanted)

    def _brought(self, order: RegisterOrder, verb: str, wanted: Callable[[Known | None], _State]) -> str:
        """Bring the device to a state, None for unknown; an empty answer when it is unknown."""
        for _try in range(_TRIES):
            known = self.talk.device(order.serial)
            state = wanted(known)
            if _is_so(known, state):
                return _id(known) or ""
            try:
                return self._told(order, verb, known, state)
            except ChangedMeanwhile:
                continue
            except NoAnswer as silence:
                if not silence.asked:
                    raise
                return self._looked(order.serial, state, silence)
        raise unavailable("it changes under our hands")

    def _told(self, order: RegisterOrder, verb: str, known: Known | None, state: _State) -> str:
        """Tell it, and wait when it takes its time."""
        version = known.version if known else ""
        if state is None:
            told: Known | str = self.talk.delete(order.serial, f"{order.order_id}.{verb}", version)
        else:
            told = self.talk.put(order.serial, state, _key(order, verb, state), version)
        if isinstance(told, Known):
            return told.id
        if not told:
            return ""
        self._wait_for(told)
        return self._looked(order.serial, state, unavailable("it said done, and it is not so"))

    def _looked(self, serial: str, state: _State, otherwise: Exception) -> str:
        """It may have happened all the same: look, and raise this when it did not."""
        known = self.talk.device(serial)
        if not _is_so(known, state):
            raise otherwise
        return _id(known) or ""

    def _wait_for(self, number: str) -> None:
        """Until it is done; raises Stopped when it failed, or takes longer."""
        for look in range(_LOOKS):
            if look:
                time.sleep(_APART)
            said = self.talk.operation(number)
            if said.get("status") == "done":
                return
            if said.get("status") == "failed":
                code = str(said.get("code", ""))[:200]
                raise unavailable(code) if said.get("retryable") is True else refused("operation_failed", code)
        raise at_work(number, self.talk.clock.now() + _AGAIN_IN)


def _is_so(known: Known | None, state: _State) -> bool:
    return known is None if state is None else known is not None and encoded(known.body) == encoded(state)


def _id(known: Known | None) -> str | None:
    return known.id if known else None


def _key(order: RegisterOrder, verb: str, state: Mapping[str, Any]) -> str:
    """One for an order said again in the same words."""
    return f"{order.order_id}.{verb}.{sha256(encoded(state)).hexdigest()[:12]}"
