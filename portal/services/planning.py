"""From what is known and what is seen to a plan people can look at."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from portal.domain.contents import TokenSighting, best_known
from portal.domain.device import UPDATABLE, Device, DeviceState
from portal.domain.device_life import Denial
from portal.domain.effective_policy import Assignment, EffectivePolicy, effective_policy
from portal.domain.errors import PolicyForbids
from portal.domain.findings import Finding
from portal.domain.plan_items import Choices, Obstacle, PlanProblem, UpdatePlan
from portal.domain.policy import DeviceUsagePolicy
from portal.domain.update_plan import plan_update
from portal.domain.update_reasons import find_update_reasons
from portal.services.reviews import HOLDER_INACTIVE


@dataclass(frozen=True, slots=True)
class Considered:
    """One device thought through: as it is, which policy acts, what was found, what would be done."""

    device: Device
    policy: EffectivePolicy
    findings: tuple[Finding, ...]
    plan: UpdatePlan


def consider(
    device: Device,
    given: Collection[Assignment],
    sighting: TokenSighting | None,
    *,
    choices: Choices,
    now: datetime,
) -> Considered:
    """The plan for what is on the token now; raises NoPolicy or PolicyForbids."""
    if device.holder is None:
        raise PolicyForbids(f"life_{Denial.NOT_HELD}", serial=device.serial)
    if device.state not in UPDATABLE:
        raise PolicyForbids("device_state", state=device.state.value, serial=device.serial)
    if not device.holder.active:
        raise PolicyForbids(HOLDER_INACTIVE, serial=device.serial)
    acting = effective_policy(device.holder, given)
    if device.state is DeviceState.ASSIGNED:
        demand_accepted(device.type, acting.policy)
    current = as_seen(device, sighting)
    findings = find_update_reasons(current, acting.policy, now)
    return Considered(current, acting, findings, plan_update(current, acting.policy, choices, now))


def demand_accepted(kind: str, policy: DeviceUsagePolicy) -> None:
    """Raise PolicyForbids ``device_type`` unless devices of this type are given out and issued under the policy."""
    types = policy.devices.types
    if types and kind not in types:
        raise PolicyForbids("device_type", policy=policy.name, type=kind, types=", ".join(types))


def without_so_pin(plan: UpdatePlan) -> UpdatePlan:
    """The plan of an issue that would wipe the token, while nobody knows its administrator PIN."""
    return replace(plan, problems=(PlanProblem(Obstacle.NO_SO_PIN, plan.items[0].name), *plan.problems))


def outdated(sighting: TokenSighting, ended: datetime | None) -> bool:
    """Whether the token was read before its last update ended: what the update told is newer."""
    return ended is not None and sighting.read_at is not None and sighting.read_at <= ended


def as_seen(device: Device, sighting: TokenSighting | None) -> Device:
    """The device with what its token shows at this moment, if it is plugged in and readable."""
    if sighting is None or sighting.contents is None:
        return device
    memory = device.free_memory if sighting.free_memory is None else sighting.free_memory
    return replace(device, contents=best_known(sighting.contents, device.contents), free_memory=memory)
