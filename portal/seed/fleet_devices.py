"""Devices by the hundred thousand, as the rules see them, with what lists show beside."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Final

from portal.db.findings import Review
from portal.domain.device import AppliedPolicy, Device, DeviceState
from portal.domain.effective_policy import Assignment, NoPolicy, effective_policy
from portal.domain.ids import DeviceId
from portal.domain.people import Person
from portal.domain.policy import DeviceUsagePolicy
from portal.seed.fleet_certificates import Mint
from portal.services.reviews import review_of

_MODELS: Final = (
    ("Рутокен", "Рутокен ЭЦП 3.0 3100", "Актив"),
    ("Рутокен", "Рутокен ЭЦП 2.0 3000", "Актив"),
    ("Рутокен", "Рутокен Lite", "Актив"),
    ("JaCarta", "JaCarta-2 ГОСТ", "Аладдин"),
)
_MODEL_WEIGHTS: Final = (55, 25, 8, 12)
_STATES: Final = tuple(DeviceState)
_STATE_WEIGHTS: Final = (4, 3, 1, 87, 3, 2)  # in the order of DeviceState
_EMPTY: Final = frozenset({DeviceState.CLEAN, DeviceState.ASSIGNED})


@dataclass(frozen=True, slots=True)
class FleetDevice:
    """A device, how it stands, and what only lists show."""

    device: Device
    review: Review
    type: str
    model: str
    manufacturer: str
    label: str
    created_at: datetime
    last_seen_at: datetime | None
    last_seen_where: str


class Factory:
    """Makes devices one after another; the same seed makes the same ones."""

    def __init__(self, random: Random, now: datetime, assignments: Sequence[Assignment]) -> None:
        self._random = random
        self._now = now
        self._mint = Mint(random, now)
        self._assignments = assignments
        self._policies = {one.policy.id: one.policy for one in assignments}

    def device(self, number: int, holder: Person) -> FleetDevice:
        """A device with this number; its serial number follows from it."""
        (state,) = self._random.choices(_STATES, _STATE_WEIGHTS)
        ((kind, model, manufacturer),) = self._random.choices(_MODELS, _MODEL_WEIGHTS)
        device = self._filled(number, state, holder)
        seen = self._now - timedelta(days=self._random.expovariate(1 / 9)) if device.contents else None
        return FleetDevice(
            device=device,
            review=review_of(device, self._assignments, self._now),
            type=kind,
            model=model,
            manufacturer=manufacturer,
            label=f"Ключ {number}",
            created_at=self._now - timedelta(days=self._random.uniform(1, 900)),
            last_seen_at=seen,
            last_seen_where=f"WS-{self._random.randrange(10_000):04d}" if seen else "",
        )

    def _filled(self, number: int, state: DeviceState, holder: Person) -> Device:
        serial = f"{1_000_000_000 + number * 37:010d}"
        policy = self._policy_of(holder)
        if state in _EMPTY or policy is None:
            owner = None if state is DeviceState.CLEAN else holder
            return Device(DeviceId(number), serial, state, owner, applied=None)
        if self._mint.chance(0.015):  # moved to another unit since
            policy = self._random.choice(list(self._policies.values()))
        device = Device(
            id=DeviceId(number),
            serial=serial,
            state=state,
            holder=holder,
            applied=AppliedPolicy(policy.id, policy.version),
            managed=self._mint.managed(policy, holder),
            commons=self._mint.commons(policy),
            registered=frozenset(one for one in policy.registers if not self._mint.chance(0.02)),
            free_memory=self._random.randrange(20_000, 90_000),
        )
        return replace(device, contents=self._mint.contents(device, policy, holder))

    def _policy_of(self, holder: Person) -> DeviceUsagePolicy | None:
        try:
            return effective_policy(holder, self._assignments).policy
        except NoPolicy:
            return None
